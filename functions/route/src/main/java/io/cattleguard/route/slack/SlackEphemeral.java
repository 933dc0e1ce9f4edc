package io.cattleguard.route.slack;

import io.cattleguard.route.slack.message.SlackMessage;

/** A message that only one user sees, as the answer to what that user did. */
public final class SlackEphemeral {
  private SlackEphemeral() {}

  /** The message as JSON: {@code response_type}, {@code text} and {@code blocks}. */
  public static String json(SlackMessage message) {
    com.google.gson.JsonObject arguments = SlackArguments.of(message);
    arguments.addProperty("response_type", "ephemeral");
    arguments.addProperty("replace_original", false);
    return arguments.toString();
  }
}
