package io.cattleguard.app.demo;

import io.cattleguard.app.demo.DemoMoment.Judged;
import io.cattleguard.app.demo.DemoMoment.Responded;
import io.cattleguard.app.demo.DemoMoment.Scored;
import io.cattleguard.app.demo.DemoMoment.Told;
import io.cattleguard.app.road.Books;
import io.cattleguard.app.road.TargetWords;
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

/** Shows the play while it is played. */
final class DemoText {
  private static final int INDENT = 2;
  private static final int LABEL = 13;
  private static final int WORKLOAD = 34;

  /** What playbooks act from; the default policy says so, and colours follow it. */
  private static final int ALARMING = 80;

  private static final long BEAT = 300;

  private final Screen screen;
  private final DemoStage stage;
  private final Pace pace;
  private final DemoTally tally;
  private boolean messageShown;
  private final Set<String> guardRailsShown = new HashSet<>();

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
    heading("What it came to");
    new DemoSummary(screen).print(play.books(), tally);
  }

  private void introduce(DemoStory story) {
    screen.line(Style.STRONG, "An intrusion into a web shop, and what Cattleguard does about it.");
    screen.line(
        "Real: the parser, deduplicate, score, route, respond, and the default policy with its"
            + " playbooks set to enforce. Played: the cluster, Falco's events, Slack and the"
            + " attacker. A time behind a + is measured, from the moment the event came in.");
    screen.blank();
    String label = "on stage";
    for (DemoStory.Workload workload : story.workloads()) {
      int pods = workload.pods().size();
      String budget =
          workload
              .disruptionsAllowed()
              .map(allowed -> ", and a disruption budget that lets " + allowed + " go")
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
    Books books = play.books();
    long before = books.received();
    long ignored = books.of(Books.Column.IGNORED);
    long started = System.nanoTime();
    List<DemoMoment> moments = play.noise(act);
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    moments.forEach(moment -> tally.add(moment, false));
    List<String> verdicts = new ArrayList<>();
    count(verdicts, column(moments, Verdict.Column.MERGED), "merged, as known");
    count(verdicts, column(moments, Verdict.Column.OPENED), "new");
    count(verdicts, column(moments, Verdict.Column.SPREAD), "known, but on a new pod");
    count(verdicts, column(moments, Verdict.Column.SUPPRESSED), "suppressed");
    count(verdicts, books.of(Books.Column.IGNORED) - ignored, "ignored");
    OptionalInt highest =
        moments.stream()
            .filter(Scored.class::isInstance)
            .mapToInt(moment -> ((Scored) moment).scored().score())
            .max();
    field(
        act.attack().isPresent() ? "meanwhile" : "falco",
        Style.FAINT,
        Screen.format(
                "%,d events of everyday noise in %s: ", books.received() - before, words(took))
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
      showPods(stage.now(attack.pod()));
    } else {
      field("respond", Style.PLAIN, "no playbook acts on this alone");
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
        "by user " + alert.process().user() + ", started by " + alert.process().parent());
    beat(1);
    field(
        "deduplicate",
        Style.PLAIN,
        verdict.publish().map(accepted -> words(accepted.acceptance())).orElse("merged")
            + after(judged));
  }

  private static String words(Acceptance acceptance) {
    return switch (acceptance) {
      case OPENED -> "opened: a problem that was not known";
      case SPREAD -> "spread: the problem is known, but not on this pod, so it goes on";
      case REPEATED -> "repeated: known, and told again because it goes on";
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
    field("route", Style.PLAIN, (outcome ? "the outcome goes to " : "told ") + names + after(told));
    told.attempts().stream()
        .map(attempt -> attempt.delivery())
        .filter(delivery -> tally.isReadByPeople(delivery.destination()))
        .forEach(this::showMessage);
  }

  /** The first message whole, and of the others the line that a phone would show. */
  private void showMessage(Delivery delivery) {
    SlackMessage message =
        switch (delivery.notice()) {
          case Notice.Scored scored -> SlackMessage.alert(scored.scored());
          case Notice.Decided decided -> SlackMessage.outcome(decided.decided());
        };
    if (messageShown) {
      String thread = delivery.notice() instanceof Notice.Decided ? "in its thread: " : "Slack: ";
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
    List<String> guardRails =
        Guards.names(Actions.registered().named(decided.action()).orElseThrow());
    field(
        "respond",
        Style.PLAIN,
        "playbook "
            + decided.playbook()
            + ", step "
            + decided.action()
            + ": "
            + guardRails.size()
            + " guard-rails are asked"
            + (guardRailsShown.add(decided.action()) ? ": " + String.join(", ", guardRails) : ""));
    decided.objections().forEach(objection -> field("", Style.WARN, "objection: " + objection));
    beat(1);
    field(
        decided.action(),
        taken ? Style.GOOD : Style.WARN,
        word(decided.outcome()) + "  " + podOf(decided) + after(moment));
    if (taken) {
      field("", Style.GOOD, "seen: " + decided.explanation());
      field("", Style.FAINT, "done to that UID alone, whatever bears its name: " + uidOf(decided));
    }
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      field("", Style.FAINT, "undone by itself at " + leaseUntil.truncatedTo(ChronoUnit.SECONDS));
    }
  }

  private static String word(ResponseOutcome outcome) {
    return switch (outcome) {
      case TAKEN -> "DONE";
      case OBSERVED -> "OBSERVED";
      case REFUSED -> "REFUSED";
      case AWAITING_APPROVAL -> "WAITS";
      case FAILED -> "FAILED";
      case RELEASED -> "UNDONE";
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
              + (stage.cluster().isolation(pod).inForce() ? ", cut off the network" : ""));
      label = "";
    }
  }

  private static String nameOf(Pod pod) {
    return pod.namespace() + "/" + pod.name();
  }

  private int textColumns() {
    return screen.columns() - INDENT - LABEL;
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
