package io.cattleguard.sensor.send;

import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.Round;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The delivery of one round: the entries of the next call, and the handling of those that were not
 * accepted.
 *
 * <p>A bus, or a proxy in front of it, may reject one alert for its content without saying so. Then
 * retries would delay all alerts behind it. So an entry that was rejected several times is sent
 * alone; if it is rejected again while the bus accepts other alerts, it is halved, until the
 * rejected alert is found. If the bus accepts nothing, the call is the problem, and nothing is
 * halved.
 */
final class Delivery {
  /** An entry that was rejected this often is sent alone. */
  private static final int IN_COMPANY = 3;

  /**
   * An entry that was never answered may have been accepted, and a part of it has another id, by
   * which deduplicate does not recognise the copy. So it takes more rejections until it is halved.
   */
  private static final int UNANSWERED = 8;

  /** This number of rejections takes minutes. */
  private static final int REJECTED_FOR_LONG = 20;

  /** After this many calls without success, the bus may be down. */
  private static final int DRY = 3;

  /** Steps of this part of a list reach all of it soon, and a list of two within three steps. */
  private static final double GOLDEN_RATIO = 0.618_033_988_75;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

  private final Packing packing;
  private final int callBytes;

  /** All entries of the round, also those that were accepted. */
  private final List<Entry> division;

  private boolean divided;
  private double nextSample;
  private final List<Rejected> isolated = new ArrayList<>();
  private final List<Rejected> invalid = new ArrayList<>();
  private Deque<Piece> lap = new ArrayDeque<>();
  private List<Piece> later = new ArrayList<>();
  private Call call = new Call(List.of(), Kind.PIECES);
  private Duration pause = FIRST_PAUSE;
  private String reason = "";
  private long accepted;
  private long acceptedNew;
  private int dry;

  /** How many calls with alerts of this round were rejected since one was accepted. */
  private int failures;

  private boolean lapHadSuccess;
  private boolean lapAccepted;
  private boolean throttled;
  private boolean turn;
  private boolean halving;
  private boolean foundSomething;

  /**
   * An entry that is not accepted yet.
   *
   * @param acceptedBefore how many entries the bus had accepted when the last decision on this one
   *     was made
   * @param newBefore how many of them were of this round when it was rejected for the first time
   * @param ambiguous whether a call with it had no answer
   */
  private record Piece(
      Entry entry, int rejections, long acceptedBefore, long newBefore, boolean ambiguous) {
    private static Piece untried(Entry entry) {
      return new Piece(entry, 0, 0, 0, false);
    }

    private int patience() {
      return ambiguous ? UNANSWERED : IN_COMPANY;
    }
  }

  /**
   * An alert that the bus rejects, with the bus's explanation.
   *
   * @param proven whether the bus accepted other alerts of the round meanwhile
   */
  record Rejected(Round.Folded alert, String explanation, boolean proven) {}

  private enum Kind {
    /** The next pieces of the round. */
    PIECES,
    /** An entry that the bus accepted before, to test whether it accepts anything. */
    KNOWN,
    /** One alert of the first piece, for the same purpose. */
    SAMPLE
  }

  /** A call with a sample has two pieces: the sample, and the rest of its entry, not sent. */
  private record Call(List<Piece> pieces, Kind kind) {}

  /**
   * Starts the delivery of these entries.
   *
   * @param sentBefore whether an earlier process may have sent them, and the bus accepted them
   */
  Delivery(
      List<Entry> entries,
      boolean sentBefore,
      Packing packing,
      int callBytes,
      RandomGenerator random) {
    this.packing = packing;
    this.callBytes = callBytes;
    this.nextSample = random.nextDouble();
    this.division = new ArrayList<>(entries);
    entries.forEach(entry -> lap.add(new Piece(entry, 0, 0, 0, sentBefore)));
  }

  /** Whether each alert was accepted, or was handed out by one of the two lists. */
  boolean isDone() {
    return lap.isEmpty() && later.isEmpty();
  }

  /**
   * The entries of the next call; {@link #heard} must follow.
   *
   * @param known an entry that the bus accepted a short time ago; a copy of it changes nothing
   */
  List<Entry> next(Optional<Entry> known) {
    Piece head = lap.element();
    boolean inDoubt = !throttled && dry >= (halving ? 1 : DRY) && head.acceptedBefore >= accepted;
    if (inDoubt) {
      turn = !turn;
      if (turn && known.isPresent()) {
        call = new Call(List.of(Piece.untried(known.get())), Kind.KNOWN);
        return List.of(known.get());
      }
      List<Round.Folded> alerts = head.entry.alerts();
      if (turn && alerts.size() > 1 && !head.ambiguous) {
        Round.Folded sample = alerts.get((int) (nextSample * alerts.size()));
        nextSample = (nextSample + GOLDEN_RATIO) % 1;
        List<Round.Folded> others = new ArrayList<>(alerts);
        others.remove(sample);
        Entry entry = packing.entry(List.of(sample), head.entry.time());
        Entry rest = packing.entry(others, head.entry.time());
        divide(List.of(head.entry), List.of(entry, rest));
        call = new Call(List.of(Piece.untried(entry), Piece.untried(rest)), Kind.SAMPLE);
        return List.of(entry);
      }
    }
    List<Piece> pieces = new ArrayList<>();
    int bytes = 0;
    do {
      Piece piece = lap.remove();
      bytes += piece.entry.detail().length();
      pieces.add(piece);
    } while ((dry < DRY || throttled)
        && pieces.getFirst().rejections < IN_COMPANY
        && !lap.isEmpty()
        && lap.element().rejections < IN_COMPANY
        && pieces.size() < Bus.ENTRIES_PER_CALL
        && bytes + lap.element().entry.detail().length() <= callBytes);
    call = new Call(pieces, Kind.PIECES);
    return pieces.stream().map(Piece::entry).toList();
  }

  private void divide(List<Entry> before, List<Entry> after) {
    division.removeAll(before);
    division.addAll(after);
    divided = true;
  }

  /**
   * The alerts of each entry of the round, if that has changed since the last call of this method.
   * To be recorded before the next call of the bus.
   */
  Optional<List<List<Round.Folded>>> takeDivision() {
    boolean changed = divided;
    divided = false;
    return changed ? Optional.of(division.stream().map(Entry::alerts).toList()) : Optional.empty();
  }

  /** Takes the bus's result for each entry of the call. */
  void heard(List<Bus.Outcome> outcomes) {
    Call made = call;
    boolean success = outcomes.stream().anyMatch(Bus.Outcome.Accepted.class::isInstance);
    dry = success ? 0 : dry + 1;
    if (made.kind != Kind.KNOWN) {
      failures =
          success ? 0 : failures + (outcomes.stream().allMatch(Delivery::isDefinite) ? 1 : 0);
    }
    reason = success ? reason : "";
    switch (made.kind) {
      case KNOWN -> {
        accepted += success ? 1 : 0;
        pause = success && foundSomething ? FIRST_PAUSE : pause;
        foundSomething = false;
      }
      case SAMPLE ->
          heardOfSample(
              made.pieces.getFirst().entry, made.pieces.getLast().entry, outcomes.getFirst());
      case PIECES -> {
        long taken = outcomes.stream().filter(Bus.Outcome.Accepted.class::isInstance).count();
        accepted += taken;
        acceptedNew += taken;
        for (int i = 0; i < made.pieces.size(); i++) {
          heard(made.pieces.get(i), outcomes.get(i), made.pieces.size() == 1);
        }
      }
    }
    if (!success) {
      outcomes.forEach(this::explain);
    }
    boolean ofRound = made.kind != Kind.KNOWN;
    lapHadSuccess |= success && ofRound;
    lapAccepted |= success && ofRound;
    throttled = !success && outcomes.stream().allMatch(Delivery::isAboutThePace);
  }

  private static boolean isAboutThePace(Bus.Outcome outcome) {
    return outcome instanceof Bus.Outcome.Later retry && retry.isAboutThePace();
  }

  /** Whether the entry was rejected, and not for the pace of calls. */
  private static boolean isDefinite(Bus.Outcome outcome) {
    return switch (outcome) {
      case Bus.Outcome.Accepted accepted -> false;
      case Bus.Outcome.Later retry -> !retry.isAboutThePace() && !retry.isAmbiguous();
      case Bus.Outcome.Never never -> true;
    };
  }

  private void explain(Bus.Outcome outcome) {
    switch (outcome) {
      case Bus.Outcome.Later retry -> reason = retry.explanation();
      case Bus.Outcome.Never never -> reason = never.explanation();
      case Bus.Outcome.Accepted accepted -> {}
    }
  }

  /**
   * A sample that was accepted, or that may have been, is an entry of its own from here on: in any
   * other entry it would be a copy that deduplicate does not recognise.
   */
  private void heardOfSample(Entry sample, Entry rest, Bus.Outcome outcome) {
    boolean ambiguous = outcome instanceof Bus.Outcome.Later retry && retry.isAmbiguous();
    boolean success = outcome instanceof Bus.Outcome.Accepted;
    if (!success && !ambiguous) {
      divide(List.of(sample, rest), List.of(lap.element().entry));
      return;
    }
    Piece head = lap.remove();
    lap.addFirst(new Piece(rest, head.rejections, head.acceptedBefore, head.newBefore, false));
    if (success) {
      accepted++;
      acceptedNew++;
    } else {
      later.add(new Piece(sample, 1, accepted, acceptedNew, true));
    }
  }

  private void heard(Piece piece, Bus.Outcome outcome, boolean alone) {
    switch (outcome) {
      case Bus.Outcome.Accepted accepted -> {}
      case Bus.Outcome.Later retry -> {
        if (retry.isAboutThePace()) {
          later.add(piece);
          return;
        }
        boolean first = piece.rejections == 0;
        Piece again =
            new Piece(
                piece.entry,
                piece.rejections + 1,
                first ? accepted : piece.acceptedBefore,
                first ? acceptedNew : piece.newBefore,
                piece.ambiguous || retry.isAmbiguous());
        if (alone && again.rejections > again.patience() && accepted > again.acceptedBefore) {
          halve(again, retry.explanation(), isolated);
        } else {
          later.add(again);
        }
      }
      case Bus.Outcome.Never never -> {
        if (alone) {
          halve(piece, never.explanation(), invalid);
        } else {
          // The call as a whole may be the problem, for example its size.
          lap.addFirst(new Piece(piece.entry, IN_COMPANY, accepted, acceptedNew, piece.ambiguous));
          lapHadSuccess = true;
        }
      }
    }
  }

  private void halve(Piece piece, String explanation, List<Rejected> found) {
    List<Round.Folded> alerts = piece.entry.alerts();
    if (alerts.size() < 2) {
      boolean proven = acceptedNew > piece.newBefore;
      alerts.forEach(alert -> found.add(new Rejected(alert, explanation, proven)));
    } else {
      int middle = alerts.size() / 2;
      Piece first = part(piece, alerts.subList(0, middle));
      Piece second = part(piece, alerts.subList(middle, alerts.size()));
      divide(List.of(piece.entry), List.of(first.entry, second.entry));
      lap.addFirst(second);
      lap.addFirst(first);
    }
    lapHadSuccess = true;
    halving = true;
    foundSomething = true;
  }

  private Piece part(Piece of, List<Round.Folded> alerts) {
    Entry entry = packing.entry(alerts, of.entry.time());
    return new Piece(entry, IN_COMPANY, accepted, of.newBefore, false);
  }

  /** How long to wait before the next call; absent while calls succeed. */
  Optional<Duration> pause() {
    boolean inVain = dry > 0 && !lapHadSuccess;
    if (isDone() || !(lap.isEmpty() || inVain)) {
      return Optional.empty();
    }
    Deque<Piece> next = new ArrayDeque<>();
    List<Piece> alone = new ArrayList<>();
    later.forEach(piece -> (piece.rejections < IN_COMPANY ? next : alone).add(piece));
    next.addAll(lap);
    next.addAll(alone); // behind the others, so that each of them has its turn
    lap = next;
    later = new ArrayList<>();
    Duration now = lapHadSuccess ? FIRST_PAUSE : pause;
    Duration twice = now.multipliedBy(2);
    pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    lapHadSuccess = false;
    lapAccepted = lapAccepted && dry == 0;
    return Optional.of(now);
  }

  /** Whether the bus accepts alerts of this round, if not all of them. */
  boolean isWorking() {
    return lapAccepted;
  }

  /** Why the last call failed. */
  String reason() {
    return reason;
  }

  /** How many calls with alerts of this round were rejected since one was accepted. */
  int failures() {
    return failures;
  }

  /** Hands out alerts that the bus rejects alone while it accepts others; each of them once. */
  List<Rejected> takeIsolated() {
    return take(isolated);
  }

  /** Hands out alerts that the bus says are invalid; each of them once. */
  List<Rejected> takeInvalid() {
    return take(invalid);
  }

  private static List<Rejected> take(List<Rejected> from) {
    List<Rejected> taken = List.copyOf(from);
    from.clear();
    return taken;
  }

  /** Whether the last call had alerts of this round, not a copy of what is known. */
  boolean isNew() {
    return call.kind != Kind.KNOWN;
  }

  /**
   * The alerts that are not accepted yet, if they are at most so many. For alerts that may have
   * been accepted it takes more rejections.
   */
  List<Rejected> rest(int atMost) {
    boolean ambiguous = Stream.concat(lap.stream(), later.stream()).anyMatch(Piece::ambiguous);
    if (ambiguous && failures < REJECTED_FOR_LONG) {
      return List.of();
    }
    List<Round.Folded> rest = new ArrayList<>();
    lap.forEach(piece -> rest.addAll(piece.entry.alerts()));
    later.forEach(piece -> rest.addAll(piece.entry.alerts()));
    return rest.size() > atMost
        ? List.of()
        : rest.stream().map(alert -> new Rejected(alert, reason, false)).toList();
  }

  /** Drops the rest, each alert as an entry of its own. */
  void giveUp() {
    List<Entry> rest = Stream.concat(lap.stream(), later.stream()).map(Piece::entry).toList();
    List<Entry> alone = new ArrayList<>();
    for (Entry entry : rest) {
      entry.alerts().forEach(alert -> alone.add(packing.entry(List.of(alert), entry.time())));
    }
    divide(rest, alone);
    lap.clear();
    later.clear();
  }
}
