package io.cattleguard.answer;

import io.cattleguard.events.HostileText;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackMessage.Part;
import io.cattleguard.route.slack.message.SlackMessage.Piece;
import io.cattleguard.route.slack.message.SlackMessage.Value;
import io.cattleguard.route.slack.message.SlackMessage.Words;
import io.cattleguard.route.slack.message.SlackText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The patch that accepts a deviation, as a command that a person pastes into a checkout of the
 * policy, reviews and commits. It is shown whole or not at all: a patch that is cut or changed does
 * not apply, or says something else.
 */
final class PatchMessage {
  /** A section of Slack has at most 3,000 characters, with its label and fences. */
  private static final int LONGEST = 2_800;

  private static final int WORDS = 300;

  /** A line of a patch begins with another character, so none ends the command. */
  private static final String END = "PATCH";

  private PatchMessage() {}

  static SlackMessage of(DeviationPatch patch) {
    List<List<Piece>> facts = new ArrayList<>();
    facts.add(line("model ", patch.accepted().model()));
    facts.add(line("entry ", patch.accepted().entry()));
    patch.warnings().forEach(warning -> facts.add(List.of(new Words(warning))));
    patch.trouble().ifPresent(trouble -> facts.add(List.of(new Words(bounded(trouble)))));
    List<Part> parts = new ArrayList<>();
    String command = "git apply --directory=policy <<'" + END + "'\n" + patch.patch() + END;
    boolean shown = patch.trouble().isEmpty() && isShownAsItIs(command);
    String heading = shown ? "Patch of the policy" : "No patch to show";
    parts.add(new SlackMessage.Heading(heading));
    parts.add(new SlackMessage.Facts("Accepts a deviation", facts));
    if (shown) {
      parts.add(new SlackMessage.Code("Paste where the policy is, review, commit", command));
    } else if (patch.trouble().isEmpty()) {
      parts.add(
          new SlackMessage.Code(
              "Slack would cut or change it; print it", patch.accepted().command()));
    }
    parts.add(
        new SlackMessage.Footnote(
            List.of(
                new Words(
                    "Nothing was changed. It is a deviation until the deployment has the committed"
                        + " policy."))));
    return new SlackMessage(heading, parts);
  }

  /** Whether Slack shows every character, and none that a terminal acts on. */
  private static boolean isShownAsItIs(String command) {
    return SlackText.escape(command).length() <= LONGEST
        && command.indexOf('`') < 0
        && Stream.of(command.split("\n")).allMatch(line -> HostileText.visible(line).equals(line));
  }

  private static List<Piece> line(String label, String text) {
    return List.of(new Words(label), new Value(bounded(text)));
  }

  private static String bounded(String text) {
    return HostileText.visible(text, WORDS);
  }
}
