package io.cattleguard.route.pagerduty;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TargetKey;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Told;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a notice does to the pages of its incident.
 *
 * <p>PagerDuty does not notify of an event for an acknowledged incident. Therefore news after an
 * acknowledgement, and anything after a resolution, has the next key: {@code <incident>/2}. So has
 * more severe news about an open page, because a person may have acknowledged it without
 * Cattleguard's knowledge.
 *
 * @param events the events to send, in order
 * @param told the state of the incident and of its pages afterwards
 * @param isKept whether that state is stored
 * @param notifies whether PagerDuty notifies people of it: of a new page, but not of a further
 *     event of an open page
 */
record PagerStep(List<Event> events, Told told, boolean isKept, boolean notifies) {
  /** Marks of pages, kept with what is known of the incident. The first page has no mark. */
  private static final String PAGE = "page ";

  private static final String CLOSED = "closed ";
  private static final String RESOLVED = "resolved ";

  /** Number of pages whose marks are all kept. */
  private static final int PAGES = 33;

  /** An event for the page with that key. */
  record Event(PagerEvent.Action action, String key) {}

  /** Copies the events. */
  PagerStep {
    events = List.copyOf(events);
  }

  /** Why such an alert pages no person, whatever the routes say; empty if it may page. */
  static Optional<String> whyNot(Notice.About notice) {
    if (!notice.scored().alert().isReal()) {
      return Optional.of("a sample or a replayed alert pages no person");
    }
    AlertClass alertClass = notice.scored().alert().alertClass();
    return alertClass == AlertClass.CONFIGURATION || alertClass == AlertClass.VULNERABILITY
        ? Optional.of("a finding that developers fix pages no person")
        : Optional.empty();
  }

  /** The next step. */
  static PagerStep next(Notice.About notice, Optional<Conversation> known) {
    Told before = known.map(Conversation::told).orElse(Told.NOTHING);
    Told after = before.with(notice);
    List<String> keys = keys(PagerEvent.key(notice), before);
    String key = keys.getLast();
    boolean isClosed = before.replies().contains(CLOSED + key);
    boolean isResolved = before.replies().contains(RESOLVED + key);
    boolean isDecided = notice instanceof Notice.Decided;
    if (isDecided && known.isPresent()) {
      switch (after.state()) {
        case CONTAINED -> {
          return all(keys, PagerEvent.Action.ACKNOWLEDGE, after, CLOSED);
        }
        case RELEASED -> {
          return all(keys, PagerEvent.Action.RESOLVE, after, RESOLVED);
        }
        default -> {}
      }
    }
    if ((isClosed && (isResolved || isNews(notice, before)))
        || (known.isPresent() && isGraver(notice, before, after))) {
      String following = keys.getFirst() + "/" + Math.min(PAGES, keys.size() + 1);
      return trigger(following, after.replied(PAGE + following), true);
    }
    return isDecided && after.state() == Told.State.CONTAINED
        ? new PagerStep(
            List.of(
                new Event(PagerEvent.Action.TRIGGER, key),
                new Event(PagerEvent.Action.ACKNOWLEDGE, key)),
            after.replied(CLOSED + key),
            true,
            true)
        : trigger(key, after, known.isEmpty());
  }

  /**
   * The step if it is not known what was sent: never an end, and for more severe news a new page,
   * because the incident's page may be acknowledged.
   */
  static PagerStep unknown(Notice.About notice) {
    String first = PagerEvent.key(notice);
    boolean isGrave =
        switch (notice) {
          case Notice.Scored one ->
              one.scored().accepted().acceptance() != Acceptance.REPEATED
                  && Told.NOTHING.isGraveNews(one.scored());
          case Notice.Decided one ->
              one.decided().outcome() == ResponseOutcome.FAILED
                  || one.decided().outcome() == ResponseOutcome.REFUSED;
        };
    String key = isGrave ? first + "/u-" + Fingerprint.hash(notice.id()) : first;
    return new PagerStep(
        List.of(new Event(PagerEvent.Action.TRIGGER, key)),
        Told.NOTHING.with(notice),
        !isGrave,
        isGrave || isFirst(notice));
  }

  private static boolean isFirst(Notice.About notice) {
    return notice instanceof Notice.Scored
        && notice.scored().accepted().acceptance() == Acceptance.OPENED;
  }

  private static PagerStep trigger(String key, Told told, boolean notifies) {
    return new PagerStep(List.of(new Event(PagerEvent.Action.TRIGGER, key)), told, true, notifies);
  }

  /** The event for every page that has no such mark; a resolved page is closed, too. */
  private static PagerStep all(
      List<String> keys, PagerEvent.Action action, Told after, String mark) {
    List<Event> events = new ArrayList<>();
    Told told = after;
    for (String key : keys) {
      if (!after.replies().contains(mark + key)) {
        events.add(new Event(action, key));
        told = told.replied(CLOSED + key).replied(mark + key);
      }
    }
    return new PagerStep(events, told, true, false);
  }

  /** The keys of the incident's pages so far, the latest last. */
  private static List<String> keys(String first, Told before) {
    List<String> keys = new ArrayList<>(List.of(first));
    for (int page = 2; page <= PAGES; page++) {
      String key = first + "/" + page;
      if (before.replies().contains(PAGE + key)) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** Whether it is more severe than all that was paged: the first failure, or a higher severity. */
  private static boolean isGraver(Notice.About notice, Told before, Told after) {
    boolean isFirstFailure =
        notice instanceof Notice.Decided one
            && one.decided().outcome() == ResponseOutcome.FAILED
            && before.responses().stream()
                .noneMatch(
                    other ->
                        other.outcome() == ResponseOutcome.FAILED
                            && other.action().equals(one.decided().action()));
    return isFirstFailure || PagerEvent.rank(after) > PagerEvent.rank(before);
  }

  /** Whether people must be notified although the incident was contained. */
  private static boolean isNews(Notice.About notice, Told before) {
    return switch (notice) {
      case Notice.Scored one ->
          before.isGraver(one.scored())
              || before.isGraveNews(one.scored())
              || (one.scored().accepted().acceptance() == Acceptance.SPREAD
                  && !isAnswered(one.scored(), before)
                  && !isOnlyAnotherPeer(one.scored(), before));
      case Notice.Decided one -> isNews(one.decided().outcome());
    };
  }

  /** Whether one more peer attacks an object that was reported already, as in a scan. */
  private static boolean isOnlyAnotherPeer(ScoredAlert scored, Told before) {
    AcceptedAlert accepted = scored.accepted();
    return TargetKey.includesPeer(scored.alert())
        && before.problems().stream()
            .anyMatch(
                problem ->
                    problem.fingerprint().equals(accepted.fingerprint())
                        && problem.targets() >= accepted.targets());
  }

  /** The outcome of a response may come before its alert. */
  private static boolean isAnswered(ScoredAlert scored, Told before) {
    Instant at = scored.alert().observedAt();
    return before.responses().stream()
        .anyMatch(one -> one.alertAt().equals(at == null ? scored.accepted().lastAt() : at));
  }

  private static boolean isNews(ResponseOutcome outcome) {
    return switch (outcome) {
      case FAILED, REFUSED, AWAITING_APPROVAL, REQUESTED -> true;
      case TAKEN, EXTENDED, OBSERVED, RELEASED -> false;
    };
  }
}
