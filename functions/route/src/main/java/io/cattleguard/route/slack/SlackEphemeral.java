package io.cattleguard.route.slack;

import io.cattleguard.route.slack.message.SlackMessage;

/** A message that only one user sees, as the answer to that user's action. */
public final class SlackEphemeral {
  private SlackEphemeral() {}

  /** The message as JSON: {@code response_type}, {@code text} and {@code blocks}. */
  public static String json(SlackMessage message) {
    com.google.gson.JsonObject arguments = SlackArguments.of(message);
    arguments.addProperty("response_type", "ephemeral");
    arguments.addProperty("replace_original", false);
    return arguments.toString();
  }

  /**
   * A text as JSON: {@code response_type} and {@code text}.
   *
   * @param mrkdwn trusted text
   */
  public static String json(String mrkdwn) {
    com.google.gson.JsonObject arguments = new com.google.gson.JsonObject();
    arguments.addProperty("response_type", "ephemeral");
    arguments.addProperty("replace_original", false);
    arguments.addProperty("text", mrkdwn);
    return arguments.toString();
  }
}
