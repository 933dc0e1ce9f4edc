package io.cattleguard.route.brief;

import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.route.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A notice in a title, facts and sentences. Every text is visible and bounded, so that one brief
 * has at most about 12,000 characters; a destination escapes it for its own format.
 *
 * @param title one line: what happened
 * @param place where it happened; empty if nothing names it
 * @param facts label and value
 * @param sentences the decision, or the reasons of the score
 * @param at when it happened
 */
public record Brief(
    String title, String place, List<Fact> facts, List<String> sentences, Instant at) {
  private static final int TITLE = 200;
  private static final int VALUE = 400;
  private static final int SENTENCE = 500;
  private static final int SENTENCES = 8;

  /** A label with its value. */
  public record Fact(String label, String value) {}

  /** Copies the lists. */
  public Brief {
    facts = List.copyOf(facts);
    sentences = List.copyOf(sentences);
  }

  /** What happened, in one line: the title and the place. */
  public String line() {
    return place.isEmpty() ? title : title + " · " + place;
  }

  /** The brief of a notice. */
  public static Brief of(Notice notice) {
    return switch (notice) {
      case Notice.Scored one -> of(one.scored());
      case Notice.Decided one -> of(one.decided());
      case Notice.Commanded one -> of(one.command());
    };
  }

  private static Brief of(ScoredAlert scored) {
    Alert alert = scored.alert();
    List<String> why = new ArrayList<>();
    for (Points points : scored.reasons()) {
      why.add(bounded(points.value() + ": " + points.reason(), SENTENCE));
    }
    Instant observedAt = alert.observedAt();
    return new Brief(
        marked(alert, title(alert)),
        place(alert.target()),
        facts(scored),
        first(why),
        observedAt == null ? scored.accepted().lastAt() : observedAt);
  }

  private static Brief of(ResponseDecided decided) {
    List<Fact> facts = new ArrayList<>();
    add(facts, "Response", decided.outcome().jsonName());
    add(facts, "Playbook", decided.playbook());
    add(facts, "Action", decided.action());
    add(facts, "On", decided.target());
    Instant leaseUntil = decided.leaseUntil();
    add(facts, "Until", leaseUntil == null ? null : leaseUntil.toString());
    facts.addAll(facts(decided.scored()));
    List<String> sentences = new ArrayList<>();
    sentences.add(bounded(decided.explanation(), SENTENCE));
    decided.objections().forEach(one -> sentences.add(bounded(one, SENTENCE)));
    Alert alert = decided.scored().alert();
    return new Brief(
        marked(
            alert,
            decided.outcome().jsonName()
                + ": "
                + bounded(decided.action(), TITLE / 2)
                + ", "
                + title(alert)),
        place(alert.target()),
        facts,
        first(sentences),
        decided.decidedAt());
  }

  private static Brief of(OperatorCommand command) {
    List<Fact> facts = new ArrayList<>();
    add(facts, "Command", command.command().jsonName());
    add(facts, "By", command.who().inWords());
    add(facts, "Cluster", command.cluster().orElse("all clusters and the account"));
    add(facts, "Nothing was changed", command.ignored().orElse(null));
    if (command.concernsResponders()) {
      OperatorCommand.About about = command.about();
      add(facts, "Until", about.until().map(Instant::toString).orElse(null));
      add(facts, "Covers", about.covers().orElse(null));
      add(facts, "Pattern", about.match().orElse(null));
      add(facts, "Silence", about.silence().orElse(null));
      add(facts, "Effect", effect(command));
    }
    return new Brief(
        heading(command),
        "",
        facts,
        List.of(bounded(command.why(), SENTENCE)),
        command.observedAt());
  }

  /** Whether the command was carried out, only requested, or ignored. */
  public static String heading(OperatorCommand command) {
    String name = command.command().jsonName();
    String verb = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    if (command.ignored().isPresent()) {
      return verb + " was IGNORED";
    }
    if (!command.applied()) {
      return verb + " requested";
    }
    return switch (command.command()) {
      case STOP -> "Kill switch ON";
      case RESUME -> "Kill switch off";
      case SILENCE -> command.concernsResponders() ? "Responders SILENCED" : verb;
      case UNSILENCE -> command.concernsResponders() ? "Responders no longer silenced" : verb;
      case APPROVE, REJECT, UNDO, EXTEND -> verb;
    };
  }

  /** The effect of a silence of responders, or of its end, on production. */
  public static String effect(OperatorCommand command) {
    return command.command() == OperatorCommand.Verb.SILENCE
        ? "No action is taken on these alerts, and people are not notified of them. They are still"
            + " recorded."
        : "Playbooks act on these alerts again, and people are notified of them.";
  }

  /** The severity of the source or of the score, whichever is higher. */
  public static Severity gravity(Optional<Severity> severity, int score) {
    Severity ofScore =
        score >= 80
            ? Severity.CRITICAL
            : score >= 60 ? Severity.HIGH : score >= 30 ? Severity.MEDIUM : Severity.INFORMATIONAL;
    return severity.filter(one -> one.compareTo(ofScore) > 0).orElse(ofScore);
  }

  private static String marked(Alert alert, String title) {
    String mark =
        alert.has(Trait.SAMPLE) ? "[sample] " : alert.has(Trait.REPLAYED) ? "[replayed] " : "";
    return mark + title;
  }

  private static List<Fact> facts(ScoredAlert scored) {
    Alert alert = scored.alert();
    Target target = alert.target();
    ObservedProcess process = alert.process();
    List<Fact> facts = new ArrayList<>();
    Severity severity = alert.severity();
    add(facts, "Score", scored.score() + " of 100");
    add(facts, "Severity", severity == null ? "unknown" : severity.jsonName());
    add(facts, "Stopped by its source", alert.has(Trait.BLOCKED) ? "yes" : null);
    add(facts, "Title", alert.title());
    add(facts, "Workload", target.workload());
    add(facts, "Pod", joined("/", target.namespace(), target.pod()));
    add(facts, "Image", target.image());
    add(facts, "Node", joined(" in ", target.node(), target.cluster()));
    add(facts, "Account", joined(" ", target.account(), target.region()));
    add(facts, "Instance", target.instance());
    add(facts, "Security group", target.securityGroup());
    add(facts, "Resource", target.resource());
    add(facts, "Principal", target.principal());
    add(facts, "Process", process.executable() == null ? process.name() : process.executable());
    add(facts, "Command line", process.commandLine());
    add(facts, "User", process.user());
    add(facts, "Peer", peer(alert.network()));
    add(facts, "File", alert.file());
    add(facts, "Tactics", alert.tactics().isEmpty() ? null : String.join(", ", alert.tactics()));
    add(facts, "Alerts", Long.toString(scored.accepted().count()));
    add(facts, "Objects", Integer.toString(scored.accepted().targets()));
    Silenced silenced = scored.accepted().silenced();
    add(facts, "Silenced by", silenced == null ? null : silenced.by());
    add(facts, "Class and source", alert.alertClass().jsonName() + " " + alert.source());
    add(facts, "Incident", scored.incidentId());
    return facts;
  }

  private static @Nullable String peer(ObservedConnection network) {
    Integer port = network.port();
    return joined(":", network.peer(), port == null ? null : port.toString());
  }

  private static String title(Alert alert) {
    String rule = alert.rule();
    return bounded(
        rule == null ? "Alert without a rule name, from " + alert.source() : rule, TITLE);
  }

  private static String place(Target target) {
    String resource = target.pod() == null && target.instance() == null ? target.resource() : null;
    StringBuilder place = new StringBuilder();
    for (String part :
        new @Nullable String[] {
          target.cluster(),
          target.namespace(),
          target.pod(),
          target.instance(),
          resource,
          target.principal()
        }) {
      if (part != null) {
        place.append(place.isEmpty() ? "" : "/").append(bounded(part, TITLE / 2));
      }
    }
    return place.toString();
  }

  private static @Nullable String joined(
      String by, @Nullable String one, @Nullable String another) {
    return one == null ? another : another == null ? one : one + by + another;
  }

  private static void add(List<Fact> facts, String label, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      facts.add(new Fact(label, bounded(value, VALUE)));
    }
  }

  private static List<String> first(List<String> sentences) {
    return sentences.stream().limit(SENTENCES).toList();
  }

  private static String bounded(String text, int limit) {
    return HostileText.visible(text, limit);
  }
}
