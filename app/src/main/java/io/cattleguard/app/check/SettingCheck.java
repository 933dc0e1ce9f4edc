package io.cattleguard.app.check;

import io.cattleguard.edge.policy.Durations;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.FieldValues;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds settings, outside patterns, whose value has no effect. */
final class SettingCheck {
  private static final int LONGEST = 60;

  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
  private static final Pattern CLUSTERS = Pattern.compile("[A-Za-z0-9_.*-]+");
  private static final Pattern NAMESPACES = Pattern.compile("[a-z0-9*-]+");
  private static final Pattern ACCOUNTS = Pattern.compile("[0-9]{12}|.*(\\*|[^0-9]).*");
  private static final Pattern PROGRAM = Pattern.compile("[^/]+");
  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
  private static final Pattern TOPIC =
      Pattern.compile("arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+");
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern CHANNEL = Pattern.compile("#?[^\\s#]+");
  private static final Pattern INDEX = Pattern.compile("[a-z0-9_][a-z0-9_-]*");
  private static final Pattern IDENTITY =
      Pattern.compile("slack:[UW*][A-Z0-9*]*|aws:(?!arn:).+|unix:.+");

  private final PolicyFiles files;
  private final Findings found;

  private SettingCheck(PolicyFiles files, Findings found) {
    this.files = files;
    this.found = found;
  }

  /** Adds what it finds in all files. */
  static void of(PolicyFiles files, Findings found) {
    SettingCheck check = new SettingCheck(files, found);
    files.file("settings.yaml").ifPresent(check::settings);
    files.file("scoring.yaml").ifPresent(check::scoring);
    files.file("routes.yaml").ifPresent(check::routes);
    files.folder("playbooks").forEach(check::playbook);
    files.folder("sources").forEach(check::source);
    check.files.folder("models").forEach(file -> ModelCheck.of(file, found));
  }

  private void settings(PolicyNode file) {
    each(
        file,
        "protected-namespaces[]",
        form(
            NAMESPACE, "a namespace by its whole name, in lower case; a pattern protects nothing"));
    each(file, "repeat-offender.window", this::positive);
    each(file, "circuit-breaker.window", this::positive);
    each(file, "network-policy", this::clusters);
    each(file, "operators.*[]", this::identity);
    each(file, "never-deny[]", this::hostBits);
  }

  private void scoring(PolicyNode file) {
    each(file, "attack", this::attack);
    String name = "a program's name without its folder, such as bash";
    each(file, "shells-with-connection.names[]", form(PROGRAM, name));
    each(file, "shells-with-connection.interpreters[]", form(PROGRAM, name));
    each(file, "kill-chain.window", this::positive);
    each(file, "bad-peers.addresses[]", this::hostBits);
  }

  private void routes(PolicyNode file) {
    each(
        file,
        "destinations[].account",
        form(ACCOUNT, "the 12 digits of an AWS account, in quotes"));
    each(
        file,
        "destinations[].topic",
        form(TOPIC, "a topic's ARN, such as arn:aws:sns:eu-central-1:111122223333:alerts"));
    each(
        file,
        "destinations[].bucket",
        node -> {
          // Buckets of 2018 and before may have other names, and an access point has an ARN.
          if (!BUCKET.matcher(node.text()).matches()) {
            found.warn(
                node,
                "a bucket's name usually has 3 to 63 characters of a-z, 0-9, '.' and '-', found '"
                    + HostileText.visible(node.text(), LONGEST)
                    + "'");
          }
        });
    each(
        file,
        "destinations[].channel",
        form(CHANNEL, "a channel without spaces, such as '#security', or its id"));
    each(
        file,
        "destinations[]",
        destination -> {
          if (text(destination, "type").equals("splunk-hec")) {
            each(destination, "index", form(INDEX, "an index of Splunk: a-z, 0-9, '_' and '-'"));
          }
        });
  }

  private void playbook(PolicyNode file) {
    each(file, "freshness", this::positive);
    each(file, "budget.window", this::positive);
    each(file, "steps[].*.lease", this::positive);
    each(file, "budget.then.*.lease", this::positive);
    each(
        file,
        "modes[].clusters[]",
        form(CLUSTERS, "a cluster's name, in which * matches any text"));
    each(
        file,
        "modes[].namespaces[]",
        form(NAMESPACES, "a namespace in lower case, in which * matches any text"));
    each(
        file,
        "modes[].accounts[]",
        node -> {
          if (!ACCOUNTS.matcher(node.text()).matches()) {
            found.warn(
                node, "an AWS account has 12 digits; write it in quotes, with its leading zeros");
          }
        });
    each(file, "approval.by[]", this::identity);
  }

  /** Keys that only another key gives a meaning. */
  private void source(PolicyNode file) {
    needs(file, "severity.words", "severity.path");
    needs(file, "severity.least", "severity.path");
    needs(file, "time-unit", "fields.time");
  }

  private void needs(PolicyNode file, String key, String other) {
    if (at(file, parts(other)).findAny().isEmpty()) {
      each(
          file,
          key,
          node -> found.error(node, "'" + key + "' has no effect without '" + other + "'"));
    }
  }

  private void attack(PolicyNode ids) {
    for (String id : ids.anyMapping().keys()) {
      if (!FieldValues.TACTIC_IDS.isPossible(id) && !FieldValues.TECHNIQUE_IDS.isPossible(id)) {
        found.error(
            ids.anyMapping().required(id),
            "no event has the id '" + id + "' (such as T1059, T1059.004 or TA0002)");
      }
    }
  }

  private void clusters(PolicyNode byCluster) {
    for (String cluster : byCluster.anyMapping().keys()) {
      if (!CLUSTER.matcher(cluster).matches()) {
        found.error(
            byCluster.anyMapping().required(cluster),
            "no cluster is named '"
                + HostileText.visible(cluster, LONGEST)
                + "'; expected a cluster's whole name, without a pattern");
      }
    }
  }

  private void identity(PolicyNode node) {
    if (!IDENTITY.matcher(node.text()).matches()) {
      found.error(
          node,
          "no person has the identity '"
              + HostileText.visible(node.text(), LONGEST)
              + "'; expected the user id of Slack, such as slack:U0ABCDEFG, or the UserId that 'aws"
              + " sts get-caller-identity' prints, such as aws:AROAEXAMPLEID:*");
    }
  }

  private void positive(PolicyNode node) {
    if (Durations.parse(node.text()).filter(Duration::isPositive).isEmpty()) {
      found.error(node, "'" + node.text() + "' has no effect; expected a duration of more than 0");
    }
  }

  private void hostBits(PolicyNode node) {
    HostBits.in(node.text()).ifPresent(message -> found.warn(node, message));
  }

  private Consumer<PolicyNode> form(Pattern form, String expected) {
    return node -> {
      if (!form.matcher(node.text()).matches()) {
        found.error(
            node,
            "expected " + expected + ", found '" + HostileText.visible(node.text(), LONGEST) + "'");
      }
    };
  }

  private static String text(PolicyNode mapping, String key) {
    return mapping
        .anyMapping()
        .optional(key)
        .filter(PolicyNode::isText)
        .map(PolicyNode::text)
        .orElse("");
  }

  /** Every value of a path: {@code []} is each item of a list, {@code *} the value of each key. */
  private static void each(PolicyNode from, String path, Consumer<PolicyNode> check) {
    at(from, parts(path)).forEach(check);
  }

  private static List<String> parts(String path) {
    return Arrays.asList(path.replace("[]", ".[]").split("\\.", -1));
  }

  private static Stream<PolicyNode> at(PolicyNode from, List<String> path) {
    if (path.isEmpty()) {
      return Stream.of(from);
    }
    List<String> rest = path.subList(1, path.size());
    return switch (path.getFirst()) {
      case "[]" ->
          from.isList() ? from.items().stream().flatMap(one -> at(one, rest)) : Stream.empty();
      case "*" ->
          from.isMapping()
              ? from.anyMapping().entries().values().stream().flatMap(one -> at(one, rest))
              : Stream.empty();
      default ->
          Optional.of(from).filter(PolicyNode::isMapping).stream()
              .flatMap(node -> node.anyMapping().optional(path.getFirst()).stream())
              .flatMap(one -> at(one, rest));
    };
  }
}
