package io.cattleguard.operate;

import io.cattleguard.edge.policy.Durations;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.events.operator.Question;
import io.cattleguard.events.operator.Question.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads the text of a question after {@code /cattleguard}. */
final class TypedQuestion {
  /** The questions, for help texts. */
  static final String HELP =
      """
      `/cattleguard incidents 24h` shows what happened, and what is held or waits for an answer.
      `/cattleguard incident ID` shows one of them: what was done, or why it was left alone.
      `/cattleguard contained` shows what is contained now, and whether the kill switch is on.
      `/cattleguard silences` shows what is hidden from people.
      `/cattleguard accept MODEL ENTRY` shows the patch of the policy that accepts a deviation.
      """;

  /** The words that begin a question. */
  static final List<String> WORDS = Arrays.stream(Kind.values()).map(Kind::jsonName).toList();

  private static final Pattern SPACES = Pattern.compile("\\s+");

  private TypedQuestion() {}

  /**
   * Reads a text; empty if it is no question.
   *
   * @throws TypedCommand.Mistake if it begins as one
   */
  static Optional<Question> read(String text) throws TypedCommand.Mistake {
    String[] words = SPACES.split(text.strip());
    Optional<Kind> kind = Kind.named(words[0].toLowerCase(Locale.ROOT));
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    int most =
        switch (kind.get()) {
          case INCIDENTS, INCIDENT -> 2;
          case ACCEPT -> 3;
          case CONTAINED, SILENCES -> 1;
        };
    if (words.length > most) {
      throw new TypedCommand.Mistake("Too many words. Type: " + form(kind.get()));
    }
    return Optional.of(
        switch (kind.get()) {
          case CONTAINED, SILENCES -> new Question(kind.get(), Question.USUAL, "");
          case INCIDENTS ->
              new Question(kind.get(), words.length == 1 ? Question.USUAL : since(words[1]), "");
          case INCIDENT -> new Question(kind.get(), Question.USUAL, id(words));
          case ACCEPT -> Question.accepting(entry(words));
        });
  }

  private static Duration since(String word) throws TypedCommand.Mistake {
    return Durations.parse(TypedCommand.withoutBackticks(word))
        .filter(Duration::isPositive)
        .filter(since -> since.compareTo(Question.LONGEST) <= 0)
        .orElseThrow(
            () ->
                new TypedCommand.Mistake(
                    "Expected how far back, such as 24h or 7d, at most 90d. Type: "
                        + form(Kind.INCIDENTS)));
  }

  /** With the quotation marks of a message, for a shell, or without them. */
  private static AcceptableEntry entry(String[] words) throws TypedCommand.Mistake {
    return Optional.of(words)
        .filter(all -> all.length == 3)
        .flatMap(all -> AcceptableEntry.of(bare(all[1]), bare(all[2])))
        .orElseThrow(
            () ->
                new TypedCommand.Mistake(
                    "Expected the model and the entry as the incident's message has them. Type: "
                        + form(Kind.ACCEPT)));
  }

  private static String bare(String word) {
    return TypedCommand.withoutBackticks(word).replaceAll("^['\u2018\u2019]|['\u2018\u2019]$", "");
  }

  private static String id(String[] words) throws TypedCommand.Mistake {
    String id =
        words.length < 2 ? "" : TypedCommand.withoutBackticks(words[1]).toLowerCase(Locale.ROOT);
    if (!Question.INCIDENT_ID.matcher(id).matches()) {
      throw new TypedCommand.Mistake(
          "An incident's id has 32 digits of 0-9 and a-f; at least the first 6 are needed. List"
              + " them: /cattleguard incidents");
    }
    return id;
  }

  private static String form(Kind kind) {
    return "/cattleguard "
        + kind.jsonName()
        + switch (kind) {
          case INCIDENTS -> " 24h";
          case INCIDENT -> " ID";
          case ACCEPT -> " MODEL ENTRY";
          case CONTAINED, SILENCES -> "";
        };
  }
}
