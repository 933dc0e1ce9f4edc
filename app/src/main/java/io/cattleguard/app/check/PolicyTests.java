package io.cattleguard.app.check;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.explain.Explainer;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.score.ScoringPolicy;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs the {@code tests:} of a policy's files: each has an event and the expected outcome. */
final class PolicyTests {
  private PolicyTests() {}

  /**
   * One test's result.
   *
   * @param at the test's file and line
   * @param failures expected and actual outcome; empty if the test passed
   */
  record Result(String at, String name, List<String> failures) {
    Result {
      failures = List.copyOf(failures);
    }
  }

  /** Runs all tests of the policy, in the order of its files. */
  static List<Result> run(Path directory, Policy policy) {
    PolicyFiles files = new PolicyFiles(directory);
    List<PolicyNode> tests = new ArrayList<>();
    files.file(Suppressions.FILE).ifPresent(file -> collect(file, "suppressions", tests));
    files.file(Inhibitions.FILE).ifPresent(file -> collect(file, "inhibitions", tests));
    files
        .file(ScoringPolicy.FILE)
        .ifPresent(
            file -> {
              collect(Optional.of(file), tests);
              collect(file, "adjustments", tests);
            });
    files.file("routes.yaml").ifPresent(file -> collect(file, "routes", tests));
    files.folder(Playbooks.FOLDER).forEach(file -> collect(Optional.of(file), tests));
    files.folder(DetectionRules.FOLDER).forEach(file -> collect(Optional.of(file), tests));
    files.folder(DetectionRules.SOURCES).forEach(file -> collect(Optional.of(file), tests));
    Explainer explainer = new Explainer(policy);
    AlertReader reader = new AlertReader(policy.detections());
    return PolicyFiles.eachCollectingErrors(tests, test -> run(test, files, explainer, reader));
  }

  private static void collect(PolicyNode file, String list, List<PolicyNode> tests) {
    file.anyMapping()
        .optional(list)
        .ifPresent(entries -> entries.items().forEach(one -> collect(Optional.of(one), tests)));
  }

  private static void collect(Optional<PolicyNode> rule, List<PolicyNode> tests) {
    rule.flatMap(one -> one.anyMapping().optional("tests"))
        .ifPresent(list -> tests.addAll(list.items()));
  }

  private static Result run(
      PolicyNode test, PolicyFiles files, Explainer explainer, AlertReader reader) {
    PolicyNode.Mapping keys = test.mapping("name", "event", "expect", "expect-not");
    String name = keys.required("name").text();
    Optional<PolicyNode> expect = keys.optional("expect");
    Optional<PolicyNode> expectNot = keys.optional("expect-not");
    if (expect.isEmpty() && expectNot.isEmpty()) {
      throw test.wrong("a test needs 'expect' or 'expect-not'; without them it cannot fail");
    }
    PolicyNode event = keys.required("event");
    String raw = event.isText() ? files.text(event) : event.toJson().toString();
    List<String> failures =
        switch (reader.read(raw, new Origin(null, Instant.EPOCH))) {
          case Reading.Read read ->
              judge(explainer.explain(read.alert()).outcome(), expect, expectNot);
          case Reading.Ignored ignored -> judgeIgnored(ignored.reason(), expect);
          case Reading.Unreadable unreadable ->
              List.of("the event is unreadable: " + unreadable.reason());
        };
    return new Result(test.at(), name, failures);
  }

  /** A test must say that no alert is expected: {@code expect: {ignored: [{exists: true}]}}. */
  private static List<String> judgeIgnored(String reason, Optional<PolicyNode> expect) {
    ObjectNode outcome = JsonNodeFactory.instance.objectNode().put("ignored", reason);
    return expect.map(PolicyNode::pattern).filter(pattern -> pattern.matches(outcome)).isPresent()
        ? List.of()
        : List.of("the event is not an alert: " + reason);
  }

  private static List<String> judge(
      ObjectNode outcome, Optional<PolicyNode> expect, Optional<PolicyNode> expectNot) {
    List<String> failures = new ArrayList<>();
    expect
        .map(PolicyNode::pattern)
        .ifPresent(
            pattern -> pattern.unmet(outcome).forEach(unmet -> failures.add("expected: " + unmet)));
    expectNot
        .map(PolicyNode::pattern)
        .filter(pattern -> pattern.matches(outcome))
        .ifPresent(pattern -> failures.add("expected no match: " + pattern));
    if (!failures.isEmpty()) {
      outcome.remove("alert");
      failures.add("actual: " + outcome);
    }
    return failures;
  }
}
