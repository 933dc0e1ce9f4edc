package io.cattleguard.app.explain;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.recording.ClusterOption;
import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.recording.UnreadRest;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.ReadEvent;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvent;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Explains the score, the routes and the responses of an alert. */
@Command(
    name = "explain",
    description = {
      "Show how each event is parsed and scored, and which rules match it.",
      "Each event is explained alone, as the first alert of its problem. Use replay to see"
          + " events together. Changes nothing."
    })
public final class ExplainCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Mixin private final ClusterOption cluster = new ClusterOption();

  @Option(
      names = "--all",
      description = "Also show the rules that do not match, with the conditions that fail.")
  private boolean all;

  @Option(names = "--json", description = "Print one JSON object per event.")
  private boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix. - is standard input.")
  private List<String> files = List.of();

  public ExplainCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Policy read = Policy.read(policy.directory(surroundings));
    Explainer explainer = new Explainer(read);
    AlertReader reader = new AlertReader(read.detections()).ofRecordings();
    String name = cluster.name();
    ExplanationText text =
        new ExplanationText(surroundings.screen(), all, LocalDate.now(ZoneOffset.UTC));
    List<UnreadRest> lost = new ArrayList<>();
    Recordings.read(
        files,
        surroundings.in(),
        new Recordings.Reader() {
          @Override
          public void read(String file, RecordedEvent event) {
            for (ReadEvent one : reader.readAll(event.text(), new Origin(name, Instant.EPOCH))) {
              print(file, event.line(), one.reading());
            }
          }

          @Override
          public void lost(UnreadRest rest) {
            lost.add(rest);
            surroundings.err().println(rest.warning());
            print(rest.file(), rest.line(), new Reading.Unreadable(rest.reason()));
          }

          private void print(String file, int line, Reading reading) {
            if (json) {
              JsonLines.print(toJson(file, line, reading, explainer), surroundings.out());
            } else {
              text.print(file, line, reading, explainer);
            }
          }
        });
    return lost.isEmpty() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private static ObjectNode toJson(String file, int line, Reading reading, Explainer explainer) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("file", file).put("line", line);
    switch (reading) {
      case Reading.Read read -> explainer.explain(read.alert()).writeTo(out);
      case Reading.Ignored ignored -> out.put("ignored", ignored.reason());
      case Reading.Unreadable unreadable -> out.put("unreadable", unreadable.reason());
    }
    return out;
  }
}
