package io.cattleguard.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertReader;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Origin;
import io.cattleguard.events.Points;
import io.cattleguard.events.Reading;
import io.cattleguard.events.RecordedEvent;
import io.cattleguard.events.Target;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a user reads when an alert did not do what they expected. */
@Command(
    name = "explain",
    description = "Say of each event what was read from it, and what would become of it and why.")
final class ExplainCommand implements Callable<Integer> {
  private static final int COLUMNS = 100;
  private static final int LABEL = 13;

  @Mixin private final Surroundings surroundings = new Surroundings();

  @Option(names = "--json", description = "Print one JSON object a line, one for each event.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix; - is standard input.")
  private List<String> files = List.of();

  private final AlertReader reader = new AlertReader();

  @Override
  public Integer call() {
    Policy policy = surroundings.policy();
    PrintStream out = surroundings.out();
    Recordings.read(
        files,
        System.in,
        (file, event) -> {
          if (json) {
            out.println(json(file, event, policy));
          } else {
            text(file, event, policy, out);
          }
        });
    return Main.DONE;
  }

  private Reading read(RecordedEvent event) {
    return reader.read(event.text(), new Origin(null, Instant.EPOCH));
  }

  private ObjectNode json(String file, RecordedEvent event, Policy policy) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("file", file).put("line", event.line());
    switch (read(event)) {
      case Reading.Read read -> Explanation.of(read.alert(), policy).writeTo(out);
      case Reading.Ignored ignored -> out.put("ignored", ignored.reason());
      case Reading.Unreadable unreadable -> out.put("unreadable", unreadable.reason());
    }
    return out;
  }

  private void text(String file, RecordedEvent event, Policy policy, PrintStream out) {
    out.println(file + ":" + event.line());
    switch (read(event)) {
      case Reading.Read read -> text(Explanation.of(read.alert(), policy), out);
      case Reading.Ignored ignored -> line(out, "ignored", ignored.reason());
      case Reading.Unreadable unreadable -> line(out, "not read", unreadable.reason());
    }
    out.println();
  }

  private static void text(Explanation explanation, PrintStream out) {
    Alert alert = explanation.alert();
    line(out, "rule", alert.rule() == null ? "(none)" : alert.rule());
    line(
        out,
        "kind",
        alert.alertClass().jsonName()
            + " alert from "
            + alert.source()
            + ", severity "
            + (alert.severity() == null ? "not known" : alert.severity().jsonName()));
    line(out, "when", alert.observedAt() == null ? "not known" : alert.observedAt().toString());
    line(out, "where", where(alert.target()));
    line(out, "process", process(alert.process()));
    line(out, "network", network(alert.network()));
    line(out, "file", alert.file());
    List<String> attack = new ArrayList<>(alert.tactics());
    attack.addAll(alert.techniques());
    line(out, "MITRE ATT&CK", String.join(", ", attack));
    line(out, "traits", String.join(", ", alert.traits()));
    alert.notes().forEach(note -> line(out, "note", note));
    line(out, "fingerprint", explanation.fingerprint());
    line(out, "score", explanation.scored().score() + ", as the first of its problem:");
    for (Points points : explanation.scored().reasons()) {
      line(out, "", String.format("%+4d  %s", points.value(), points.reason()));
    }
    rules(out, "suppressed", "by", explanation.rules().suppressions());
    rules(out, "told", "to", explanation.rules().routes());
    rules(out, "answered", "mode", explanation.rules().playbooks());
  }

  private static void rules(
      PrintStream out, String label, String detail, List<Explanation.Said> rules) {
    String next = label;
    for (Explanation.Said said : rules) {
      if (said.matches()) {
        line(out, next, "by " + said.name() + " (" + detail + " " + said.detail() + ")");
        next = "";
      }
    }
    if (next.equals(label)) {
      line(out, next, rules.isEmpty() ? "by nothing: there is no such rule" : "by nothing");
    }
    for (Explanation.Said said : rules) {
      if (said.nearly()) {
        line(out, "", "nearly by " + said.name() + ", but " + said.because());
      }
    }
  }

  private static String where(Target target) {
    List<String> parts = new ArrayList<>();
    part(parts, "namespace ", target.namespace());
    part(parts, "pod ", target.pod());
    part(parts, "uid ", target.podUid());
    part(parts, "workload ", target.workload());
    part(parts, "container ", target.containerName());
    part(parts, "container id ", target.containerId());
    part(parts, "image ", target.image());
    part(parts, "node ", target.node());
    part(parts, "account ", target.account());
    part(parts, "region ", target.region());
    part(parts, "instance ", target.instance());
    part(parts, "security group ", target.securityGroup());
    part(parts, "by ", target.principal());
    return parts.isEmpty() ? "not known" : String.join(", ", parts);
  }

  private static String process(ObservedProcess process) {
    List<String> parts = new ArrayList<>();
    part(parts, "", process.commandLine());
    part(parts, "name ", process.name());
    part(parts, "executable ", process.executable());
    part(parts, "started by ", process.parent());
    part(parts, "user ", process.user());
    return String.join(", ", parts);
  }

  private static String network(ObservedConnection network) {
    List<String> parts = new ArrayList<>();
    part(parts, "peer ", network.peer());
    part(parts, "port ", network.port() == null ? null : network.port().toString());
    part(parts, "", network.protocol());
    part(parts, "", network.direction());
    return String.join(", ", parts);
  }

  private static void part(List<String> parts, String label, @Nullable String value) {
    if (value != null) {
      parts.add(label + value);
    }
  }

  private static void line(PrintStream out, String label, @Nullable String text) {
    if (text == null || text.isEmpty()) {
      return;
    }
    String start = label;
    for (String line : Layout.wrap(text, COLUMNS - LABEL - 2)) {
      out.printf("  %-" + LABEL + "s%s%n", start, line);
      start = "";
    }
  }
}
