package io.cattleguard.operate;

import io.cattleguard.edge.operators.IdentityPattern;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.CommandButton;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import io.cattleguard.events.operator.Question;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The answers to users, as Slack's mrkdwn. Texts of others are bounded, made visible and escaped.
 */
final class Words {
  private static final int LONGEST = 300;
  private static final int MOST_PEOPLE = 20;
  private static final Pattern ONE_USER = Pattern.compile("slack:([UW][A-Z0-9]{1,31})");

  static final String NOT_OURS =
      "Nothing was done: that button is not one of Cattleguard's, or of another version. Use a"
          + " newer message of the incident, or /cattleguard help.";

  /** An answer comes from another function, so that this one may do nothing but publish. */
  static final String ASKED = "The answer follows here within seconds.";

  private Words() {}

  static String onItsWay(OperatorCommand command) {
    return title(command.command())
        + " is on its way, as "
        + plain(command.who().inWords())
        + ". Reason: "
        + plain(command.why())
        + "\n"
        + next(command);
  }

  private static String next(OperatorCommand command) {
    OperatorCommand.About about = command.about();
    return switch (command.command()) {
      case APPROVE ->
          "The responder evaluates the guards again and reports the result in the incident's"
              + " thread.";
      case REJECT, UNDO -> "The responder reports it in the incident's thread.";
      case EXTEND ->
          "The responder reports it if it ignores the command. Otherwise the lease ends "
              + about.until().map(Words::time).orElse("later")
              + ", unless it already ends later than that.";
      case SILENCE ->
          "Deduplicate sets the silence within seconds, unless it ignores the command."
              + " `./cattleguard silences` shows whether it is set. Then people are not notified of"
              + " these alerts until "
              + about.until().map(Words::time).orElse("its end")
              + ", except of alerts that are more severe than the problem was so far (or than high,"
              + " if the problem is not known). "
              + (about.responders()
                  ? "Responders do not act on them either."
                  : "Responders still act on them.")
              + " To end it: `/cattleguard unsilence "
              + about.silence().map(Words::plain).orElse("ID")
              + " REASON`";
      case UNSILENCE ->
          "Deduplicate ends the silence within seconds, unless it ignores the command. Then people"
              + " are notified of these alerts again. `./cattleguard silences` shows whether it"
              + " ended.";
      case STOP ->
          "Once a responder has carried it out, within seconds, no responder starts an action any"
              + " more, and people are notified. What is contained stays contained. To end it:"
              + " `/cattleguard resume REASON`";
      case RESUME ->
          "A responder carries it out within seconds, and people are notified. Then responders act"
              + " again.";
    };
  }

  static String notPublished(OperatorCommand command, boolean pressed) {
    return "*Not on its way.* The bus did not confirm "
        + title(command.command())
        + ", so nothing may happen. "
        + (pressed ? "Press the button again." : "Send the command again.")
        + " If that fails too, use ./cattleguard "
        + command.command().jsonName()
        + " on the command line.";
  }

  static String notAllowed(Verb verb, Person person, Operators operators) {
    List<IdentityPattern> who = operators.who(verb);
    String key = Operators.key(verb);
    String allowed =
        who.stream().limit(MOST_PEOPLE).map(Words::person).collect(Collectors.joining(", "));
    boolean fromSlack = who.stream().anyMatch(one -> one.text().startsWith("slack:"));
    return "Nothing was done: you ("
        + plain(person.identity())
        + ") may not "
        + verb.jsonName()
        + ". "
        + (fromSlack
            ? "Ask " + allowed + (who.size() > MOST_PEOPLE ? ", …" : "") + "."
            : "Nobody may do this from Slack. "
                + (who.isEmpty() ? "" : "From elsewhere: " + allowed + ".")
                + " To change that, add an entry such as "
                + plain(person.identity())
                + " to operators: { "
                + key
                + ": [...] } in policy/settings.yaml.");
  }

  static String notAllowedAlso(Verb other, Person person, Operators operators) {
    return notAllowed(other, person, operators)
        + " A silence of responders also needs the right to "
        + other.jsonName()
        + ".";
  }

  static String late(Optional<CommandButton> button) {
    return "Nothing was done: your press"
        + button.map(one -> " of " + title(one.command())).orElse("")
        + " came more than "
        + Signing.WINDOW.toMinutes()
        + " min after you pressed the button, or a clock is wrong. Look at the incident's message"
        + " first, then press the button again if it is still right.";
  }

  static String notAsked(Question question) {
    return "*Not asked.* The bus did not confirm the question, or Slack sent no address for the"
        + " answer. Ask again, or use the command line: `./cattleguard "
        + switch (question.kind()) {
          case INCIDENTS -> "incidents";
          case INCIDENT -> "incident " + plain(question.incident());
          case CONTAINED -> "containments";
          case SILENCES -> "silences";
          case ACCEPT ->
              question
                  .entry()
                  .map(
                      one ->
                          "model accept '" + plain(one.model()) + "' '" + plain(one.entry()) + "'")
                  .orElse("model accept");
        }
        + "`";
  }

  static String mayNotAsk(Person person) {
    return "Nothing is shown: you ("
        + plain(person.identity())
        + ") may not give commands here. To change that, add an entry such as "
        + plain(person.identity())
        + " under operators in policy/settings.yaml.";
  }

  static String foreign() {
    return "Nothing was done: this workspace is not one of those that command this Cattleguard"
        + " (slack.team_ids of Terraform, --slack-teams of up).";
  }

  static String mistake(String message) {
    return "Nothing was done. " + plain(message);
  }

  private static String person(IdentityPattern one) {
    Matcher user = ONE_USER.matcher(one.text());
    return user.matches() ? "<@" + user.group(1) + ">" : "`" + plain(one.text()) + "`";
  }

  private static String title(Verb verb) {
    String name = verb.jsonName();
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }

  /** The reason if a user gave none. */
  static String ofButton(Verb verb) {
    return "button " + title(verb) + " in Slack";
  }

  /** In the reader's time zone. */
  private static String time(Instant at) {
    return "<!date^"
        + at.getEpochSecond()
        + "^{date_short_pretty} {time}|"
        + at.truncatedTo(ChronoUnit.SECONDS)
        + ">";
  }

  private static String plain(String text) {
    return HostileText.visible(text, LONGEST)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
