package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.operator.OperatorCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Carries out people's commands that set and end silences. A command that comes twice, or after its
 * silence was ended, changes nothing.
 */
public final class SilenceCommands {
  /** Maximum age of a command: a person who waits longer gives it again. */
  private static final Duration LATE = Duration.ofMinutes(15);

  /** Maximum clock skew of a command from the future. */
  private static final Duration SKEW = Duration.ofMinutes(2);

  private static final Pattern ID = Pattern.compile("[0-9A-Za-z._-]{1,64}");

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final StoredSilences silences;
  private final RecentProblems recents;
  private final Operators operators;

  /** Takes the silences, the problems that they hide, and who may command. */
  public SilenceCommands(StoredSilences silences, RecentProblems recents, Operators operators) {
    this.silences = silences;
    this.recents = recents;
    this.operators = operators;
  }

  /**
   * Returns why a command changes nothing, if so.
   *
   * @throws io.cattleguard.edge.port.Unavailable if the table does not answer
   */
  public Optional<String> carryOut(OperatorCommand command, Instant now) {
    if (!command.isOpen()) {
      return Optional.empty();
    }
    Optional<String> objection =
        operators.objection(
            command.command(), command.about().responders(), command.who().identity());
    if (objection.isPresent()) {
      return objection;
    }
    // To end a silence is the safe direction, so it is never too late.
    if (command.command() != OperatorCommand.Verb.UNSILENCE
        && command.observedAt().plus(LATE).isBefore(now)
        && !isKnown(command.about().silence().orElse(""))) {
      return Optional.of("it was given more than " + LATE.toMinutes() + " min ago");
    }
    if (command.observedAt().isAfter(now.plus(SKEW))) {
      return Optional.of("it is dated in the future");
    }
    return switch (command.command()) {
      case SILENCE -> set(command, now);
      case UNSILENCE -> end(command, now);
      case APPROVE, REJECT, UNDO, EXTEND, STOP, RESUME -> Optional.empty();
    };
  }

  /**
   * Compares a command that its writer claims to have carried out with the silences. It changes
   * nothing, and does not ask who may command: who may write the table has done so. A silence has
   * to be exactly the one of the claim, because its id is not a secret, and a claim may name
   * another silence's id.
   *
   * @return why the claim is wrong, or empty
   * @throws io.cattleguard.edge.port.Unavailable if the table does not answer
   */
  public Optional<String> confirm(OperatorCommand claimed, Instant now) {
    String id = claimed.about().silence().orElse("");
    Optional<Silence> found =
        silences.all().all().stream().filter(one -> one.id().equals(id)).findFirst();
    if (found.isEmpty()) {
      return Optional.of("no silence has that id");
    }
    return switch (claimed.command()) {
      case SILENCE -> difference(found.get(), claimed);
      case UNSILENCE ->
          found.get().isActive(now)
              ? Optional.of("the silence is still in force")
              : Optional.empty();
      case APPROVE, REJECT, UNDO, EXTEND, STOP, RESUME -> Optional.of("it does not name a silence");
    };
  }

  private static Optional<String> difference(Silence silence, OperatorCommand claimed) {
    String what = null;
    if (!isOf(silence, claimed.about().match().orElse(""))) {
      what = "pattern";
    } else if (!claimed.about().until().equals(Optional.of(silence.until()))) {
      what = "end";
    } else if (claimed.about().responders() != silence.responders()) {
      what = "extent";
    } else if (!silence.isBy(claimed.who())) {
      what = "author";
    } else if (!silence.isFor(claimed.why())) {
      what = "reason";
    }
    return Optional.ofNullable(what).map(one -> "the silence of that id has another " + one);
  }

  private static boolean isOf(Silence silence, String match) {
    try {
      return JSON.readTree(silence.match()).equals(pattern(match));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * The answer to a command, for people: its result, and what its silence covers. A command that is
   * redelivered after its silence has ended is not reported as in force.
   *
   * @param ignored what {@link #carryOut} returned
   * @throws io.cattleguard.edge.port.Unavailable if the table does not answer
   */
  public OperatorCommand answer(OperatorCommand command, Optional<String> ignored, Instant now) {
    OperatorCommand answer = command.answered(ignored);
    if (ignored.isPresent()) {
      return answer;
    }
    String id = command.about().silence().orElse("");
    return silences.all().all().stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .map(one -> about(one, command, answer, now))
        .orElse(answer);
  }

  private OperatorCommand about(
      Silence silence, OperatorCommand command, OperatorCommand answer, Instant now) {
    return command.command() == OperatorCommand.Verb.SILENCE && !silence.isActive(now)
        ? command.answered(
            Optional.of(
                "it was carried out when it was given, at "
                    + command.observedAt()
                    + "; the silence has ended since, at "
                    + silence.until()))
        : answer.about(
            command.about().covering(HidingWords.covers(silence, recents), silence.responders()));
  }

  private Optional<String> set(OperatorCommand command, Instant now) {
    String id = command.about().silence().orElse("");
    if (!ID.matcher(id).matches()) {
      return Optional.of("its silence has no id of letters and digits");
    }
    try {
      ObjectNode match = pattern(command.about().match().orElse(""));
      silences.addOnce(
          Silence.of(
                  match,
                  command.who().inWords(),
                  command.why(),
                  command.observedAt(),
                  command.about().until().orElse(now),
                  recents.ceiling(match),
                  command.about().responders(),
                  false)
              .named(id),
          now);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static ObjectNode pattern(String match) {
    try {
      if (JSON.readTree(match) instanceof ObjectNode pattern) {
        return pattern;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the pattern is not JSON", e);
    }
    throw new IllegalArgumentException("the pattern is not a JSON object");
  }

  private Optional<String> end(OperatorCommand command, Instant now) {
    String id = command.about().silence().orElse("");
    boolean known = silences.remove(id, now).isPresent() || isKnown(id);
    return known ? Optional.empty() : Optional.of("no silence has that id");
  }

  /** Whether that silence was set. A command that comes again was carried out the first time. */
  private boolean isKnown(String id) {
    return silences.all().all().stream().anyMatch(one -> one.id().equals(id));
  }
}
