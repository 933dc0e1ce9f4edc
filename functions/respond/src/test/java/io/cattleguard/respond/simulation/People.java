package io.cattleguard.respond.simulation;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Target;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Simulated people who answer approvals: some press twice, some too late, some without permission,
 * and some never. It records their answers, and so knows which actions are allowed.
 */
final class People {
  /** How long two deliveries of one check may overlap: an outcome has the time of its beginning. */
  private static final Duration BOTH_CHECKS = Duration.ofSeconds(5);

  private static final String ON_CALL = "unix:ann";

  /** Of Slack, from where nobody may approve unless the settings say so. */
  private static final String STRANGER = "slack:U0EXAMPLE";

  /** What an attempt that has begun may last, and its effect be checked. */
  private static final Duration UNDER_WAY = Duration.ofMinutes(5);

  /** The longest freshness of a playbook. */
  private static final Duration FRESH = Duration.ofMinutes(30);

  /** A question of which people were notified. */
  record Question(
      String id, String action, String object, String alert, Instant until, Target target) {}

  private final Map<String, Question> questions = new LinkedHashMap<>();

  /** The time of the first approval before the question expired, by question. */
  private final Map<String, Instant> approved = new HashMap<>();

  /** The questions that were rejected. */
  private final Set<String> rejected = new HashSet<>();

  /** The questions of whose end people were notified. */
  private final Set<String> ended = new HashSet<>();

  /** The commands that were given already, which are delivered again. */
  private final List<OperatorCommand> given = new ArrayList<>();

  /** The outcome that was reported as taken, by question. */
  private final Map<String, String> taken = new HashMap<>();

  /** Whether a question about what that target names was open since then. */
  boolean isAsked(Target target, Instant since) {
    return questions.values().stream()
        .filter(one -> one.until().isAfter(since))
        .map(Question::target)
        .anyMatch(
            one ->
                isSame(one.pod(), target.pod())
                    || isSame(one.node(), target.node())
                    || isSame(one.instance(), target.instance())
                    || isSame(one.securityGroup(), target.securityGroup())
                    || isSame(one.accessKey(), target.accessKey()));
  }

  private static boolean isSame(@Nullable String one, @Nullable String other) {
    return one != null && one.equals(other);
  }

  /** The commands of the next press of a button, of which each is delivered once. */
  List<OperatorCommand> press(Random random, Instant now) {
    if (questions.isEmpty()) {
      return List.of();
    }
    if (!given.isEmpty() && random.nextInt(6) == 0) {
      return List.of(given.get(random.nextInt(given.size())));
    }
    List<Question> all = List.copyOf(questions.values());
    List<Question> open = all.stream().filter(one -> !ended.contains(one.id())).toList();
    List<Question> among = open.isEmpty() || random.nextInt(6) == 0 ? all : open;
    Question about = among.get(random.nextInt(among.size()));
    String id =
        random.nextInt(20) == 0
            ? about.id().replaceFirst(".$", random.nextBoolean() ? "" : "0")
            : about.id();
    OperatorCommand command =
        OperatorCommand.of(
            random.nextInt(4) == 0 ? OperatorCommand.Verb.REJECT : OperatorCommand.Verb.APPROVE,
            new OperatorCommand.Who(
                random.nextInt(8) == 0 ? STRANGER : ON_CALL, Optional.of("a person")),
            "a test",
            now.plusSeconds(random.nextInt(120) - 60),
            Optional.empty(),
            OperatorCommand.About.approval(id));
    given.add(command);
    return random.nextInt(4) == 0 ? List.of(command, command) : List.of(command);
  }

  private static boolean mayDecide(OperatorCommand command) {
    return command.who().identity().equals(ON_CALL);
  }

  /** A responder begins to handle a command. */
  void isDelivered(OperatorCommand command, Instant now) {
    String id = command.about().approval().orElse("");
    Question about = questions.get(id);
    if (about != null
        && mayDecide(command)
        && command.command() == OperatorCommand.Verb.APPROVE
        && !now.isAfter(about.until())) {
      approved.putIfAbsent(id, now);
    }
  }

  /** A responder has handled a command. */
  void isHandled(OperatorCommand command, Optional<String> ignored) {
    if (ignored.isEmpty() && command.command() == OperatorCommand.Verb.REJECT) {
      rejected.add(command.about().approval().orElse(""));
    }
  }

  /** The reason why an action is not allowed on an object now. */
  Optional<String> objection(Ledger ledger, Ledger.Key key, Instant now) {
    Optional<Approval> latest = ledger.approvals().about(key);
    if (latest.isEmpty()) {
      return Optional.of("about which nobody was asked");
    }
    Approval approval = latest.get();
    if (rejected.contains(approval.id())) {
      return Optional.of("which a person rejected");
    }
    if (mayBeTaken(approval, now)) {
      return Optional.empty();
    }
    // The check of an earlier action may repeat it while the next question waits already, also if
    // another delivery of that check has just told the outcome.
    boolean isChecked =
        ledger.suspended(key).isPresent()
            || ledger
                .settled(key)
                .filter(one -> one.at().plus(BOTH_CHECKS).isAfter(now))
                .isPresent();
    boolean isUnderWay =
        isChecked
            && questions.values().stream()
                .filter(one -> one.action().equals(key.action()))
                .anyMatch(one -> taken.containsKey(one.id()) || approved.containsKey(one.id()));
    return isUnderWay
        ? Optional.empty()
        : Optional.of(
            "which nobody approved: " + approval.state() + " since " + approval.askedAt());
  }

  private boolean mayBeTaken(Approval approval, Instant now) {
    Instant yes = approved.get(approval.id());
    // The clock of the responder that saw the question end may be ahead of the one that acts.
    boolean byDefault =
        approval.actsByDefault()
            && !now.isBefore(approval.until().minus(Simulation.SKEW.multipliedBy(2)));
    if (yes == null && !byDefault) {
      return false;
    }
    Instant latest = yes != null && !byDefault ? yes : approval.until();
    if (yes != null && yes.isAfter(latest)) {
      latest = yes;
    }
    return !now.isAfter(latest.plus(FRESH).plus(UNDER_WAY));
  }

  /** Records an outcome, and returns what is wrong with it. */
  Optional<String> hear(ResponseDecided decided, String object) {
    ResponseDecided.Approval about = decided.approval();
    String alert = decided.scored().alert().id();
    if (about != null) {
      questions.putIfAbsent(
          about.id(),
          new Question(
              about.id(),
              decided.action(),
              object,
              alert,
              about.until(),
              decided.scored().alert().target()));
    }
    boolean isLate = decided.explanation().contains(" changed nothing: ");
    if (decided.outcome() == ResponseOutcome.AWAITING_APPROVAL || isLate) {
      return about == null
          ? Optional.of("asked without an id: " + decided.target())
          : Optional.empty();
    }
    boolean isEffect =
        decided.outcome() == ResponseOutcome.TAKEN
            || decided.outcome() == ResponseOutcome.REQUESTED;
    if (about != null) {
      return ended(decided, about.id(), isEffect);
    }
    boolean saysWho = decided.explanation().startsWith("approved by ");
    // A release that is left to people ends it too.
    boolean isLeft =
        decided.outcome() == ResponseOutcome.REFUSED
            && (decided.explanation().startsWith("undone by ")
                || decided.explanation().startsWith("lease expired"));
    if (saysWho || isLeft || decided.outcome() == ResponseOutcome.RELEASED) {
      // An outcome that was verified later, or undone before, names the alert and not the question.
      questions.values().stream()
          .filter(one -> one.action().equals(decided.action()) && one.alert().equals(alert))
          .forEach(one -> ended.add(one.id()));
    }
    return isEffect && !saysWho
        ? Optional.of("told as taken without who approved it: " + decided.explanation())
        : Optional.empty();
  }

  private Optional<String> ended(ResponseDecided decided, String id, boolean isEffect) {
    if (!decided.explanation().contains("no action taken yet")
        && !decided.explanation().contains("the result is not known, retrying")) {
      ended.add(id);
    }
    if (!isEffect || decided.explanation().contains("it is in effect already: ")) {
      return Optional.empty();
    }
    String before = taken.putIfAbsent(id, decided.id());
    if (before != null && !before.equals(decided.id())) {
      return Optional.of("taken twice for one approval: " + decided.target());
    }
    boolean saysWho =
        decided.explanation().startsWith("approved by a person (" + ON_CALL + ")")
            || decided.explanation().startsWith("approved by the playbook's default");
    return saysWho
        ? Optional.empty()
        : Optional.of("told as taken without who approved it: " + decided.explanation());
  }

  /** A question of which people were notified, but not of its end. */
  Optional<String> unanswered() {
    return questions.values().stream()
        .filter(one -> !ended.contains(one.id()))
        .findFirst()
        .map(one -> "people never heard what became of their answer about " + one.object());
  }
}
