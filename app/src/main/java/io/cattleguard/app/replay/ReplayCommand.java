package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.recording.ClusterOption;
import io.cattleguard.app.recording.Recordings;
import io.cattleguard.app.recording.UnreadRest;
import io.cattleguard.app.recording.aws.AwsRecordings;
import io.cattleguard.app.report.HtmlReport;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.events.HostileText;
import io.cattleguard.sources.recording.RecordedEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what the policy would have done with recorded events. */
@Command(
    name = "replay",
    description = {
      "Show what the policy would have done with recorded events.",
      "Uses the events' own time as its clock. Changes nothing.",
      "With --against, show what differs from another policy, for example that of the main branch."
    })
public final class ReplayCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(names = "--json", description = "Print one JSON object instead of a report.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = {
        "Write the report into one HTML file that needs no other: the noise removed, the incidents,"
            + " what would have been contained, what developers fix, and what no source saw."
      })
  private @Nullable Path html;

  @Mixin private final ClusterOption cluster = new ClusterOption();

  @Option(
      names = "--against",
      paramLabel = "DIR",
      description = "Print what differs from the policy in this directory, the policy before.")
  private @Nullable Path against;

  @Option(
      names = "--markdown",
      description = "With --against: print Markdown, for a comment on a pull request.")
  private boolean markdown;

  @Option(
      names = "--fail-on",
      paramLabel = "RULE",
      split = ",",
      description = {
        "With --against: exit with 1 on a difference of this kind: ${COMPLETION-CANDIDATES}.",
        "new-enforce: an action is taken that was not taken before, or a playbook that enforces, or"
            + " the settings for it, were changed. lost-enforce: an action is no longer taken."
            + " hidden: people are no longer notified of a problem."
      })
  private Set<FailOn> failOn = EnumSet.noneOf(FailOn.class);

  @Mixin private final AwsRecordings aws;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "JSON, JSON arrays or JSON lines, in any mix. - is standard input.")
  private List<String> files = List.of();

  public ReplayCommand(Surroundings surroundings) {
    this(surroundings, new AwsRecordings());
  }

  ReplayCommand(Surroundings surroundings, AwsRecordings aws) {
    this.surroundings = surroundings;
    this.aws = aws;
  }

  @Override
  public Integer call() {
    Path directory = policy.directory(surroundings);
    if (against != null) {
      return compare(directory, against);
    }
    if (markdown || !failOn.isEmpty()) {
      throw new UsageError(
          (markdown ? "--markdown" : "--fail-on")
              + " needs --against DIR, the policy to compare with");
    }
    Policy read = Policy.read(directory);
    Replay replay = new Replay(read, surroundings.patterns(), cluster.name());
    boolean isWhole = read(replay);
    Path page = html;
    if (page != null) {
      write(page, HtmlReport.of(ReplayDocument.of(replay, read)));
      surroundings.err().println("cattleguard: " + page + " written, open it in a browser");
    }
    if (json) {
      replay.printJson(surroundings.out());
    } else if (page == null) {
      new ReplayReport(surroundings.screen(), read, LocalDate.now(ZoneOffset.UTC)).print(replay);
    }
    Optional<String> imbalance = replay.counts().imbalance();
    imbalance.ifPresent(surroundings.err()::println);
    return imbalance.isEmpty() && isWhole ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  /**
   * Reads all recordings. What was left unread is reported on standard error.
   *
   * @return whether each file was read to its end; a limit is no damage
   */
  private boolean read(Replay... replays) {
    if (files.isEmpty() && aws.isEmpty()) {
      throw new UsageError("no recording: name a FILE, --from-log-group or --from-s3");
    }
    List<UnreadRest> lost = new ArrayList<>();
    Recordings.Reader reader =
        new Recordings.Reader() {
          @Override
          public void read(String file, RecordedEvent event) {
            for (Replay replay : replays) {
              replay.take(file, event);
            }
          }

          @Override
          public void lost(UnreadRest rest) {
            lost.add(rest);
            surroundings.err().println(rest.warning());
            for (Replay replay : replays) {
              replay.lost(rest);
            }
          }
        };
    Recordings.read(files, surroundings.in(), reader);
    aws.read(Clock.systemUTC().instant(), reader)
        .forEach(cut -> surroundings.err().println(HostileText.visible(cut)));
    return lost.isEmpty();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UsageError("--html " + file + ": cannot be written");
    }
  }

  private int compare(Path directory, Path other) {
    if (html != null) {
      throw new UsageError("--html and --against exclude each other; set one of them");
    }
    if (json && markdown) {
      throw new UsageError("--json and --markdown exclude each other; set one of them");
    }
    if (!Files.isDirectory(other)) {
      throw new UsageError(
          "--against "
              + other
              + (Files.exists(other) ? ": not a folder" : ": no such folder")
              + "; set a folder that has scoring.yaml and routes.yaml");
    }
    Policy before = Policy.read(other);
    Policy after = Policy.read(directory);
    Replay old = new Replay(before, surroundings.patterns(), cluster.name());
    Replay now = new Replay(after, surroundings.patterns(), cluster.name());
    boolean isWhole = read(old, now);
    Comparison comparison = new Comparison(before, old, after, now);
    List<FailOn.Failure> failures = FailOn.of(failOn, comparison);
    long received = now.counts().received();
    if (json) {
      JsonLines.print(comparison.toJson(received, failures), surroundings.out());
    } else {
      ComparisonText text = new ComparisonText(comparison, received, failures);
      if (markdown) {
        text.printMarkdown(surroundings.out());
      } else {
        text.print(surroundings.screen());
      }
    }
    int unreadable = now.unreadable().all().size();
    if (unreadable > 0) {
      surroundings
          .err()
          .println(unreadable + " of " + received + " events are unreadable; replay names them");
    }
    return failures.isEmpty() && isWhole ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }
}
