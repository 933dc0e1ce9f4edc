package io.cattleguard.app.slack;

import java.net.URI;
import java.util.Set;

/**
 * How a server reaches Slack. The token is a secret, and is read when it is needed.
 *
 * @param api base URL of Slack's methods; GovSlack needs another
 * @param teams the workspaces or organisations from which commands are taken; empty for every one
 *     in which the app is installed
 * @param pace how patient the connection is
 * @param replies sends the answer to a pressed button
 */
public record SlackAccess(URI api, Set<String> teams, Pace pace, Replies replies) {
  /** The secret with the app-level token. */
  public static final String TOKEN = "CATTLEGUARD_SLACK_APP_TOKEN";

  /** Slack, and every workspace. */
  public static final SlackAccess DEFAULT = of(URI.create("https://slack.com/api"), Set.of());

  /** Copies the set. */
  public SlackAccess {
    teams = Set.copyOf(teams);
  }

  /** Uses the default timeouts and pauses. */
  public static SlackAccess of(URI api, Set<String> teams) {
    return new SlackAccess(api, teams, Pace.USUAL, new HttpReplies());
  }
}
