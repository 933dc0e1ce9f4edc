package io.cattleguard.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.Durations;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand.About;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.text.ClosestWord;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The text that a user types after {@code /cattleguard}.
 *
 * @param button the same command as that of a button
 */
record TypedCommand(CommandButton button, String reason) {
  /** The commands of the slash command. */
  static final String HELP =
      """
      `/cattleguard stop REASON` turns the kill switch on: nothing new is contained.
      `/cattleguard resume REASON` turns it off.
      `/cattleguard undo ID REASON` undoes a containment.
      `/cattleguard extend ID FOR REASON` lets a lease end in FOR from now, such as `4h`.
      `/cattleguard approve ID REASON` and `/cattleguard reject ID REASON` answer a question.
      `/cattleguard silence FINGERPRINT FOR REASON` hides a problem from people for FOR, such as `14d`.
      `/cattleguard unsilence ID REASON` ends a silence.
      ID and FINGERPRINT are in the messages of the incident; `./cattleguard containments`, `approvals` and `silences` list them.\
      """;

  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final Pattern OBJECT =
      Pattern.compile("[\\x21-\\x7e]{1,510}/[\\x21-\\x7e]{1,510}");
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern SILENCE = Pattern.compile("[0-9A-Za-z._-]{1,64}");
  private static final Duration LONGEST = Duration.ofDays(30);

  /** The text is no command; the message says what to type. */
  static final class Mistake extends Exception {
    private static final long serialVersionUID = 1L;

    Mistake(String message) {
      super(message);
    }
  }

  /**
   * Reads a text; empty if it asks for help.
   *
   * @param alsoKnown words that are no commands and can be typed
   * @throws Mistake if it is no command
   */
  static Optional<TypedCommand> read(String text, List<String> alsoKnown) throws Mistake {
    String typed = unescaped(text).strip();
    String[] words = SPACES.split(typed, 2);
    // Telephones begin a text with a capital.
    String name = words[0].toLowerCase(Locale.ROOT);
    if (name.isEmpty() || name.equals("help")) {
      return Optional.empty();
    }
    Optional<Verb> verb = Verb.named(name);
    if (verb.isEmpty()) {
      List<String> known =
          Stream.concat(Arrays.stream(Verb.values()).map(Verb::jsonName), alsoKnown.stream())
              .toList();
      throw new Mistake(
          "No command is '"
              + words[0]
              + "'"
              + ClosestWord.hint(name, known)
              + ". Type: /cattleguard help");
    }
    String rest = words.length > 1 ? words[1] : "";
    return Optional.of(
        switch (verb.get()) {
          case STOP, RESUME -> about(verb.get(), About.DEPLOYMENT, Optional.empty(), rest);
          case APPROVE, REJECT -> {
            Parts parts = parts(verb.get(), rest, false);
            yield about(
                verb.get(), About.approval(object(parts, "approvals")), parts.lasts, parts.reason);
          }
          case UNDO, EXTEND -> {
            Parts parts = parts(verb.get(), rest, verb.get() == Verb.EXTEND);
            yield about(
                verb.get(),
                About.containment(object(parts, "containments"), Optional.empty()),
                parts.lasts,
                parts.reason);
          }
          case SILENCE -> {
            Parts parts = parts(Verb.SILENCE, rest, true);
            if (!FINGERPRINT.matcher(parts.id).matches()) {
              throw new Mistake(
                  "A fingerprint has 32 digits of 0-9 and a-f; the incident's message shows it. To"
                      + " silence by a pattern: ./cattleguard silence --match");
            }
            yield about(
                Verb.SILENCE,
                About.silence(parts.id, Optional.empty(), Optional.of(ofProblem(parts.id)), false),
                parts.lasts,
                parts.reason);
          }
          case UNSILENCE -> {
            Parts parts = parts(Verb.UNSILENCE, rest, false);
            if (!SILENCE.matcher(parts.id).matches()) {
              throw new Mistake("That is no id of a silence. List them: ./cattleguard silences");
            }
            yield about(
                Verb.UNSILENCE,
                About.silence(parts.id, Optional.empty(), Optional.empty(), false),
                parts.lasts,
                parts.reason);
          }
        });
  }

  /** The arguments after the command's name. */
  private record Parts(String id, Optional<Duration> lasts, String reason) {}

  private static Parts parts(Verb verb, String rest, boolean hasTime) throws Mistake {
    String[] words = SPACES.split(rest, hasTime ? 3 : 2);
    String reason = words[words.length - 1];
    if (words.length < (hasTime ? 3 : 2) || reason.isBlank()) {
      throw new Mistake("Something is missing. Type: " + form(verb));
    }
    return new Parts(
        withoutBackticks(words[0]),
        hasTime ? Optional.of(time(verb, withoutBackticks(words[1]))) : Optional.empty(),
        reason);
  }

  private static Duration time(Verb verb, String word) throws Mistake {
    return Durations.parse(word)
        .filter(Duration::isPositive)
        .filter(lasts -> lasts.compareTo(LONGEST) <= 0)
        .orElseThrow(
            () ->
                new Mistake(
                    "Expected how long, such as 30m, 4h or 14d, at most 30d. Type: " + form(verb)));
  }

  private static String object(Parts parts, String list) throws Mistake {
    if (!OBJECT.matcher(parts.id).matches()) {
      throw new Mistake(
          "That is no id, such as blue/isolate-pod/0b3f2c1e. List them: ./cattleguard " + list);
    }
    return parts.id;
  }

  private static TypedCommand about(Verb verb, About about, Optional<Duration> lasts, String reason)
      throws Mistake {
    if (reason.isBlank()) {
      throw new Mistake("Say why. Type: " + form(verb));
    }
    // A uid may contain slashes, so the responders find a containment's cluster in its id.
    return new TypedCommand(
        new CommandButton(verb, about.clusterOfApproval(), Optional.empty(), about, lasts),
        reason.strip());
  }

  private static String form(Verb verb) {
    return "/cattleguard "
        + verb.jsonName()
        + switch (verb) {
          case STOP, RESUME -> " REASON";
          case EXTEND -> " ID FOR REASON";
          case SILENCE -> " FINGERPRINT FOR REASON";
          case APPROVE, REJECT, UNDO, UNSILENCE -> " ID REASON";
        };
  }

  /** The pattern of one problem. */
  private static String ofProblem(String fingerprint) {
    ObjectNode pattern = JsonNodeFactory.instance.objectNode();
    pattern.putArray("fingerprint").add(fingerprint);
    return pattern.toString();
  }

  /** Slack's messages show ids as code, so people paste them like that. */
  static String withoutBackticks(String word) {
    return word.length() > 2 && word.startsWith("`") && word.endsWith("`")
        ? word.substring(1, word.length() - 1)
        : word;
  }

  /** Slack escapes these three characters. */
  static String unescaped(String text) {
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
  }
}
