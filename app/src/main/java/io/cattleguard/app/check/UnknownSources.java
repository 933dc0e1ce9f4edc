package io.cattleguard.app.check;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.AlertParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds patterns that never match, because no alert has the source that they name: neither a
 * built-in source nor one of {@code sources/}.
 */
final class UnknownSources {
  private static final List<String> FILES =
      List.of(
          "suppressions.yaml", "scoring.yaml", "routes.yaml", "inhibitions.yaml", "owners.yaml");
  private static final int LONGEST = 60;

  private final List<String> known;
  private final List<PolicyError> errors = new ArrayList<>();

  private UnknownSources(List<String> known) {
    this.known = known;
  }

  /** One error per value of {@code source} that no alert has. */
  static List<PolicyError> in(Path directory, Policy policy) {
    TreeSet<String> known = new TreeSet<>(AlertReader.names());
    policy.detections().parsers().stream().map(AlertParser::source).forEach(known::add);
    UnknownSources found = new UnknownSources(List.copyOf(known));
    PolicyFiles files = new PolicyFiles(directory);
    Stream.concat(
            FILES.stream().flatMap(name -> files.file(name).stream()),
            files.folder("playbooks").stream())
        .forEach(found::search);
    return found.errors;
  }

  /** Tests contain sources' events, which have other keys. */
  private void search(PolicyNode node) {
    if (node.isList()) {
      node.items().forEach(this::search);
    } else if (node.isMapping()) {
      node.anyMapping()
          .entries()
          .forEach(
              (key, value) -> {
                if (key.equals("alert") && value.isMapping()) {
                  check(value);
                } else if (!key.equals("tests")) {
                  search(value);
                }
              });
    }
  }

  private void check(PolicyNode pattern) {
    pattern
        .anyMapping()
        .entries()
        .forEach(
            (key, value) -> {
              if (key.equals("source")) {
                values(value);
              } else if (key.equals("$or") && value.isList()) {
                value.items().stream().filter(PolicyNode::isMapping).forEach(this::check);
              }
            });
  }

  /** Prefixes and wildcards are not checked. */
  private void values(PolicyNode value) {
    if (value.isList()) {
      value.items().forEach(this::values);
    } else if (value.isMapping()) {
      value.anyMapping().optional("anything-but").ifPresent(this::values);
    } else if (value.isText() && !known.contains(value.text())) {
      errors.add(
          value.error(
              "no alert has the source '"
                  + HostileText.visible(value.text(), LONGEST)
                  + "'"
                  + ClosestWord.hint(value.text(), known)
                  + " ("
                  + String.join(", ", known)
                  + "; sources/ adds others)"));
    }
  }
}
