package io.cattleguard.app.init;

import io.cattleguard.respond.action.Mode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The shipped policy, changed by a person's answers. The files are edited as text, because their
 * comments explain them.
 */
final class OwnPolicy {
  private static final Pattern MODE = Pattern.compile("(?m)^mode: observe.*$");
  private static final Pattern SIEM =
      Pattern.compile(
          "(?m)^  # The SIEM: .*\\n  - name: siem\\n    (type: (?:.*\\n)(?:    .+\\n)*)");
  private static final Pattern SIEM_ROUTE =
      Pattern.compile("(?m)^  - name: everything-to-the-siem\\n(?:    .*\\n)+\\n");
  private static final Pattern CHANNEL =
      Pattern.compile("(?m)^    channel-from: CATTLEGUARD_SLACK_CHANNEL$");
  private static final Pattern SPARED = Pattern.compile("(?m)^protected-namespaces:\\n");
  private static final Pattern PAGER = Pattern.compile("(?m)^  # (- \\{name: on-call, .*)$");
  private static final Pattern PAGER_ROUTE =
      Pattern.compile("(?m)^  # - name: intrusions-to-on-call\\n(?:  #   .*\\n)+");

  private final Answers answers;

  private final Set<String> onPods;

  /** Uses the files of the playbooks that act on pods; other playbooks have no namespace. */
  OwnPolicy(Answers answers, Set<String> onPods) {
    this.answers = answers;
    this.onPods = Set.copyOf(onPods);
  }

  /** The files by their path, from those of the shipped policy. */
  Map<String, String> files(Map<String, String> shipped) {
    Map<String, String> own = new TreeMap<>();
    shipped.forEach((path, text) -> own.put(path, changed(path, text)));
    return own;
  }

  private String changed(String path, String text) {
    return switch (path) {
      case "settings.yaml" -> settings(text);
      case "routes.yaml" -> routes(text);
      default -> path.startsWith("playbooks/") ? playbook(path, text) : text;
    };
  }

  private String settings(String text) {
    String more =
        answers.spared().stream()
            .map(name -> "  - \"" + name + "\"\n")
            .collect(Collectors.joining());
    return replaced("settings.yaml", text, SPARED, "protected-namespaces:\n" + more);
  }

  private String playbook(String path, String text) {
    if (answers.mode() == Mode.OBSERVE || !onPods.contains(path)) {
      return text;
    }
    String names =
        answers.inScope().stream()
            .map(name -> "\"" + name + "\"")
            .collect(Collectors.joining(", "));
    return replaced(
        path,
        text,
        MODE,
        "mode: observe # observe | approve | enforce: except in the namespaces below\n"
            + "modes:\n"
            + "  - { namespaces: ["
            + names
            + "], mode: "
            + answers.mode().jsonName()
            + " }");
  }

  private String routes(String text) {
    String own = text;
    if (answers.slack().isPresent()) {
      own = replaced("routes.yaml", own, CHANNEL, "    channel: \"" + answers.slack().get() + "\"");
    }
    if (answers.siem() == Siem.NONE) {
      own = replaced("routes.yaml", own, SIEM, "");
      own = replaced("routes.yaml", own, SIEM_ROUTE, "");
    } else {
      own =
          replaced(
              "routes.yaml",
              own,
              SIEM,
              "  # The SIEM: all alerts. All settings are in functions/route/README.md.\n"
                  + "  - name: siem\n    "
                  + answers.siem().settings
                  + "\n");
    }
    if (answers.pager() == Pager.PAGERDUTY) {
      own = uncommented(own, PAGER);
      own = uncommented(own, PAGER_ROUTE);
    }
    return own;
  }

  private static String uncommented(String text, Pattern lines) {
    Matcher found = lines.matcher(text);
    return found.find()
        ? replaced("routes.yaml", text, lines, found.group().replaceAll("(?m)^  # ", "  "))
        : replaced("routes.yaml", text, lines, "");
  }

  /** Replaces the only place that a pattern finds; if the shipped policy differs, it is a bug. */
  private static String replaced(String file, String text, Pattern place, String by) {
    List<Integer> found = place.matcher(text).results().map(one -> one.start()).toList();
    if (found.size() != 1) {
      throw new IllegalStateException(
          file + " has " + found.size() + " places of: " + place.pattern());
    }
    return place.matcher(text).replaceFirst(Matcher.quoteReplacement(by));
  }
}
