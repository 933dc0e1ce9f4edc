package io.cattleguard.app.demo;

import io.cattleguard.answer.TargetWords;
import io.cattleguard.app.demo.DemoMoment.Judged;
import io.cattleguard.app.demo.DemoMoment.Responded;
import io.cattleguard.app.demo.DemoMoment.Scored;
import io.cattleguard.app.demo.DemoMoment.Told;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackPreview;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Prints the demo step by step. */
final class DemoText {
  private static final int INDENT = 2;
  private static final int LABEL = 17;
  private static final int WORKLOAD = 34;

  /** The lowest score at which the default policy's playbooks act; such scores are coloured. */
  private static final int ALARMING = 80;

  private static final long BEAT = 300;

  private final Screen screen;
  private final DemoStage stage;
  private final Pace pace;
  private final DemoTally tally;
  private boolean messageShown;
  private final Set<String> guardsShown = new HashSet<>();

  DemoText(Screen screen, DemoStage stage, Pace pace, DemoTally tally) {
    this.screen = screen;
    this.stage = stage;
    this.pace = pace;
    this.tally = tally;
  }

  void show(DemoStory story, DemoPlay play) {
    introduce(story);
    int scenes = story.acts().size();
    for (int i = 0; i < scenes; i++) {
      DemoStory.Act act = story.acts().get(i);
      heading((i + 1) + "/" + scenes + "  " + act.title());
      screen.line(act.text());
      beat(2);
      showNoise(act, play);
      act.attack().ifPresent(attack -> showAttack(attack, play));
      beat(2);
    }
    heading("Summary");
    new DemoSummary(screen).print(play.counts(), tally);
  }

  private void introduce(DemoStory story) {
    screen.line(Style.STRONG, "An intrusion into a web shop, and how Cattleguard contains it.");
    screen.line(
        "Real: parsing, deduplicate, score, route, respond, and the default policy with all"
            + " playbooks set to enforce. Simulated: the cluster, Falco's events, Slack and the"
            + " attacker. A time after a + is the measured time since the event arrived.");
    screen.blank();
    String label = "workloads";
    for (DemoStory.Workload workload : story.workloads()) {
      int pods = workload.pods().size();
      String budget =
          workload
              .disruptionsAllowed()
              .map(allowed -> ", PodDisruptionBudget allows " + allowed + " disruptions")
              .orElse("");
      field(
          label,
          Style.PLAIN,
          Screen.pad(workload.name(), WORKLOAD) + pods + (pods == 1 ? " pod" : " pods") + budget);
      label = "";
    }
    beat(5);
  }

  private void heading(String title) {
    screen.blank();
    String line = "── " + title + " ";
    screen.line(Style.STRONG, line + "─".repeat(Math.max(0, screen.columns() - line.length())));
  }

  private void showNoise(DemoStory.Act act, DemoPlay play) {
    EventCounts counts = play.counts();
    long before = counts.received();
    long ignored = counts.of(EventCounts.Column.IGNORED);
    long started = System.nanoTime();
    List<DemoMoment> moments = play.noise(act);
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    moments.forEach(moment -> tally.add(moment, false));
    List<String> verdicts = new ArrayList<>();
    count(verdicts, column(moments, Verdict.Column.MERGED), "merged (repeats)");
    count(verdicts, column(moments, Verdict.Column.OPENED), "opened (new)");
    count(verdicts, column(moments, Verdict.Column.SPREAD), "spread (known, on a new pod)");
    count(verdicts, column(moments, Verdict.Column.SUPPRESSED), "suppressed");
    count(verdicts, counts.of(EventCounts.Column.IGNORED) - ignored, "ignored");
    OptionalInt highest =
        moments.stream()
            .filter(Scored.class::isInstance)
            .mapToInt(moment -> ((Scored) moment).scored().score())
            .max();
    field(
        "background",
        Style.FAINT,
        Screen.format("%,d events in %s: ", counts.received() - before, words(took))
            + String.join(", ", verdicts)
            + "."
            + (highest.isEmpty() ? "" : " Highest score " + highest.getAsInt() + "."));
    beat(1);
  }

  private static void count(List<String> verdicts, long number, String what) {
    if (number > 0) {
      verdicts.add(Screen.format("%,d %s", number, what));
    }
  }

  private static long column(List<DemoMoment> moments, Verdict.Column column) {
    return moments.stream()
        .filter(moment -> moment instanceof Judged judged && judged.verdict().column() == column)
        .count();
  }

  private void showAttack(DemoStory.Attack attack, DemoPlay play) {
    screen.flush();
    List<DemoMoment> moments = play.attack(attack);
    boolean answered = false;
    for (DemoMoment moment : moments) {
      tally.add(moment, true);
      switch (moment) {
        case Judged judged -> showVerdict(judged);
        case Scored scored -> showScore(scored);
        case Told told -> showTold(told);
        case Responded responded -> {
          answered = true;
          showResponse(responded);
        }
      }
      beat(1);
    }
    if (answered) {
      showPods(stage.settled(attack.pod()));
    } else {
      field("respond", Style.PLAIN, "no playbook matches this alert");
    }
  }

  private void showVerdict(Judged judged) {
    Verdict verdict = judged.verdict();
    Alert alert = verdict.alert();
    field("falco", Style.STRONG, alert.rule() + " on " + TargetWords.of(alert.target()));
    field("", Style.PLAIN, "$ " + alert.process().commandLine());
    field(
        "",
        Style.FAINT,
        "user " + alert.process().user() + ", parent process " + alert.process().parent());
    beat(1);
    field(
        "deduplicate",
        Style.PLAIN,
        verdict.publish().map(accepted -> words(accepted.acceptance())).orElse("merged")
            + after(judged));
  }

  private static String words(Acceptance acceptance) {
    return switch (acceptance) {
      case OPENED -> "opened: a new problem";
      case SPREAD -> "spread: a known problem on a new pod";
      case REPEATED -> "repeated: a known problem, seen many times or again after a quiet time";
      case ESCALATED -> "escalated: a known problem, more severe than before";
      case CONTINUING -> "continuing: a known problem that continues, for responders";
    };
  }

  private void showScore(Scored moment) {
    ScoredAlert scored = moment.scored();
    field(
        "score",
        scored.score() >= ALARMING ? Style.ALARM : Style.STRONG,
        scored.score() + " of 100" + after(moment));
    for (Points points : scored.reasons()) {
      field("", Style.PLAIN, Screen.format("%+4d  %s", points.value(), points.reason()));
    }
  }

  private void showTold(Told told) {
    if (told.attempts().isEmpty()) {
      return;
    }
    String names =
        told.attempts().stream()
            .map(attempt -> attempt.delivery().destination())
            .collect(Collectors.joining(", "));
    boolean outcome = told.attempts().get(0).delivery().notice() instanceof Notice.Decided;
    field("route", Style.PLAIN, (outcome ? "outcome sent to " : "sent to ") + names + after(told));
    told.attempts().stream()
        .map(attempt -> attempt.delivery())
        .filter(delivery -> tally.isReadByPeople(delivery.destination()))
        .forEach(this::showMessage);
  }

  /** Prints the first message in full, and of the others the notification's line. */
  private void showMessage(Delivery delivery) {
    SlackMessage message =
        switch (delivery.notice()) {
          case Notice.Scored scored -> SlackMessage.alert(scored.scored());
          case Notice.Decided decided -> SlackMessage.outcome(decided.decided());
          case Notice.Commanded commanded -> SlackMessage.of(commanded);
        };
    if (messageShown) {
      String thread = delivery.notice() instanceof Notice.Decided ? "in the thread: " : "Slack: ";
      field("", Style.FAINT, Screen.shortened(thread + message.summary(), textColumns()));
      return;
    }
    messageShown = true;
    for (String line : SlackPreview.lines(message, "#" + delivery.destination() + " in Slack")) {
      screen.cut(Style.FAINT, "  " + line);
    }
    beat(6);
  }

  private void showResponse(Responded moment) {
    ResponseDecided decided = moment.decided();
    boolean taken = decided.outcome() == ResponseOutcome.TAKEN;
    List<String> guards = Guards.names(Actions.registered().named(decided.action()).orElseThrow());
    field(
        "respond",
        Style.PLAIN,
        "playbook "
            + decided.playbook()
            + ", step "
            + decided.action()
            + ": "
            + guards.size()
            + " guards checked"
            + (guardsShown.add(decided.action()) ? ": " + String.join(", ", guards) : ""));
    decided.objections().forEach(objection -> field("", Style.WARN, "objection: " + objection));
    beat(1);
    field(
        decided.action(),
        taken ? Style.GOOD : Style.WARN,
        word(decided.outcome()) + "  " + podOf(decided) + after(moment));
    if (taken) {
      field("", Style.GOOD, "verified: " + decided.explanation());
      boolean changes = decided.effect() != ResponseDecided.Effect.NONE;
      field(
          "",
          Style.FAINT,
          (changes ? "changed only" : "changed nothing, and read")
              + " the pod with UID "
              + uidOf(decided));
    }
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      field(
          "",
          Style.FAINT,
          "lease until " + leaseUntil.truncatedTo(ChronoUnit.SECONDS) + ", then released");
    }
  }

  private static String word(ResponseOutcome outcome) {
    return switch (outcome) {
      case TAKEN -> "DONE";
      case REQUESTED -> "REQUESTED";
      case OBSERVED -> "OBSERVED";
      case REFUSED -> "REFUSED";
      case AWAITING_APPROVAL -> "AWAITING APPROVAL";
      case FAILED -> "FAILED";
      case RELEASED -> "RELEASED";
      case EXTENDED -> "EXTENDED";
    };
  }

  /** {@code pod shop/web-1 (uid 123)} without its UID. */
  static String podOf(ResponseDecided decided) {
    String target = decided.target();
    int uid = target.indexOf(" (uid ");
    return uid < 0 ? target : target.substring(0, uid);
  }

  private static String uidOf(ResponseDecided decided) {
    String target = decided.target();
    int uid = target.indexOf(" (uid ");
    return uid < 0 ? "none" : target.substring(uid + " (uid ".length(), target.length() - 1);
  }

  private void showPods(List<Pod> pods) {
    int width = pods.stream().mapToInt(pod -> nameOf(pod).length()).max().orElse(0) + 2;
    String label = "pods now";
    for (Pod pod : pods) {
      field(
          label,
          Style.PLAIN,
          Screen.pad(nameOf(pod), width)
              + (pod.ready() ? "ready" : "starting")
              + (stage.isReplacement(pod) ? ", a replacement" : "")
              + (stage.cluster().isolation(pod).inForce() ? ", isolated from the network" : ""));
      label = "";
    }
  }

  private static String nameOf(Pod pod) {
    return pod.namespace() + "/" + pod.name();
  }

  private int textColumns() {
    return screen.widest() - INDENT - LABEL;
  }

  private void field(String label, Style style, String text) {
    screen.field(INDENT, LABEL, label, style, text);
  }

  private void beat(int beats) {
    screen.flush();
    pace.pause(beats * BEAT);
  }

  private static String after(DemoMoment moment) {
    return "  +" + words(moment.after());
  }

  /** {@code 0.4 ms}, {@code 12 ms}, {@code 3.1 s}. */
  static String words(Duration duration) {
    double millis = duration.toNanos() / 1e6;
    if (millis < 10) {
      return Screen.format("%.1f ms", millis);
    }
    return millis < 1_000
        ? Screen.format("%.0f ms", millis)
        : Screen.format("%.1f s", millis / 1_000);
  }
}
