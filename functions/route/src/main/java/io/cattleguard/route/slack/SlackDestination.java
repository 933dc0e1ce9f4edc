package io.cattleguard.route.slack;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Pause;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A Slack channel, written to as a bot: one message a problem, kept up to date with the count, and
 * what was done about it in its thread.
 *
 * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage">chat.postMessage</a>
 * @see <a href="https://docs.slack.dev/reference/methods/chat.update">chat.update</a>
 */
public final class SlackDestination implements Destination {
  /** Longer than a post takes; a claim whose holder died is free again after this. */
  private static final Duration CLAIM = Duration.ofSeconds(30);

  /** Somebody deleted the message, or it can no longer be changed: start anew. */
  private static final Set<String> GONE =
      Set.of(
          "message_not_found",
          "thread_not_found",
          "cant_update_message",
          "edit_window_closed",
          "cannot_reply_to_message");

  private final SlackSettings settings;
  private final Secrets secrets;
  private final Conversations conversations;
  private final SlackApi api;
  private final Pause pause;
  private SlackThrottle throttle = SlackThrottle.FREE;

  /** To the channel of the settings; the token is read anew for each batch. */
  public SlackDestination(SlackSettings settings, Secrets secrets, Conversations conversations) {
    this(settings, secrets, conversations, new HttpPost(), new SlackPause());
  }

  public SlackDestination(
      SlackSettings settings,
      Secrets secrets,
      Conversations conversations,
      HttpPost http,
      Pause pause) {
    this.settings = settings;
    this.secrets = secrets;
    this.conversations = conversations;
    this.api = new SlackApi(settings.api(), http);
    this.pause = pause;
  }

  /** One batch: token, channel and a clock that moves on with every pause. */
  private final class Batch {
    private final String token;
    private final String channel;
    private Instant now;

    private Batch(String token, String channel, Instant now) {
      this.token = token;
      this.channel = channel;
      this.now = now;
    }

    private Outcome deliver(Delivery delivery) {
      Conversation.Key key = Conversation.Key.of(delivery);
      Optional<Conversation> known = find(key);
      for (int steps = 0; steps < 4; steps++) {
        SlackStep step = SlackStep.next(delivery.notice(), known, now);
        switch (step) {
          case SlackStep.Nothing ignored -> {
            return new Outcome.Skipped("the channel shows this already");
          }
          case SlackStep.Wait wait -> {
            return new Outcome.TryAgain(wait.left(), "the channel was told a moment ago");
          }
          case SlackStep.Reply reply -> {
            SlackApi.Answer answer = reply(delivery.notice(), reply.conversation());
            if (!isGone(answer)) {
              return answer.outcome();
            }
            known = Optional.empty();
          }
          case SlackStep.Update update -> {
            SlackApi.Answer answer = update(key, delivery.notice(), update.conversation());
            if (!isGone(answer)) {
              return answer.outcome();
            }
            known = Optional.empty();
          }
          case SlackStep.Post ignored -> {
            Optional<Conversation> seen = find(key);
            if (!claim(key, seen)) {
              return new Outcome.TryAgain(CLAIM, "another batch is posting this problem");
            }
            SlackApi.Answer answer = post(key, delivery.notice());
            if (!(answer.outcome() instanceof Outcome.Delivered)
                || delivery.notice() instanceof Notice.Scored) {
              return answer.outcome();
            }
            known = Optional.of(shown(messageId(answer), delivery.notice()));
          }
        }
      }
      return new Outcome.TryAgain(CLAIM, "the message is gone as often as it is posted");
    }

    private SlackApi.Answer post(Conversation.Key key, Notice notice) {
      ObjectNode arguments = SlackMessage.alert(notice.scored()).toJson();
      SlackApi.Answer answer = call("chat.postMessage", quiet(arguments));
      if (answer.outcome() instanceof Outcome.Delivered) {
        save(key, shown(messageId(answer), notice));
      } else {
        release(key);
      }
      return answer;
    }

    private SlackApi.Answer update(Conversation.Key key, Notice notice, Conversation known) {
      ObjectNode arguments = SlackMessage.alert(notice.scored()).toJson();
      arguments.put("ts", known.messageId());
      SlackApi.Answer answer = call("chat.update", arguments);
      if (answer.outcome() instanceof Outcome.Delivered) {
        save(key, shown(known.messageId(), notice));
      }
      return answer;
    }

    private SlackApi.Answer reply(Notice notice, Conversation known) {
      SlackMessage message =
          switch (notice) {
            case Notice.Decided decided -> SlackMessage.outcome(decided.decided());
            case Notice.Scored scored -> SlackMessage.alert(scored.scored());
          };
      ObjectNode arguments = message.toJson();
      arguments.put("thread_ts", known.messageId());
      return call("chat.postMessage", quiet(arguments));
    }

    private SlackApi.Answer call(String method, ObjectNode arguments) {
      Optional<Outcome> refusal = throttle.refusal(now);
      if (refusal.isPresent()) {
        return new SlackApi.Answer(refusal.get(), Optional.empty(), Optional.empty());
      }
      Duration wait = throttle.wait(now);
      if (wait.isPositive()) {
        pause.during(wait);
        now = now.plus(wait);
      }
      arguments.put("channel", channel);
      arguments.put("parse", "none");
      arguments.put("link_names", false);
      SlackApi.Answer answer = api.call(method, token, arguments, now);
      throttle = throttle.sent(now);
      if (answer.outcome() instanceof Outcome.TryAgain tryAgain) {
        throttle = throttle.held(now, tryAgain.after());
      }
      return answer;
    }

    private Conversation shown(String messageId, Notice notice) {
      return new Conversation(
          messageId, notice.scored().accepted().count(), notice.scored().accepted().lastAt(), now);
    }

    private boolean claim(Conversation.Key key, Optional<Conversation> seen) {
      try {
        return conversations.claim(key, seen, now, now.plus(CLAIM));
      } catch (RuntimeException e) {
        return true; // fail open: told twice is better than not told
      }
    }
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<String> token = settings.token().value(secrets);
    Optional<String> channel = settings.channel().value(secrets);
    if (token.isEmpty() || channel.isEmpty()) {
      Setting missing = token.isEmpty() ? settings.token() : settings.channel();
      return deliveries.stream().map(ignored -> missing.notConfigured()).toList();
    }
    Batch batch = new Batch(token.get(), channel.get(), now);
    Map<Delivery, Outcome> outcomes = new HashMap<>();
    newestFirst(deliveries).forEach(one -> outcomes.put(one, batch.deliver(one)));
    return deliveries.stream().map(one -> outcomes.get(one)).toList();
  }

  /**
   * Alerts before outcomes, and of each problem the highest count first: it says what the lower
   * ones would have said, so that a batch costs one message a problem.
   */
  private static List<Delivery> newestFirst(List<Delivery> deliveries) {
    List<Delivery> sorted = new ArrayList<>(deliveries);
    sorted.sort(
        Comparator.comparing((Delivery one) -> one.kind())
            .thenComparing(
                one -> one.notice().scored().accepted().count(), Comparator.reverseOrder()));
    return sorted;
  }

  private static ObjectNode quiet(ObjectNode arguments) {
    return arguments.put("unfurl_links", false).put("unfurl_media", false);
  }

  private static String messageId(SlackApi.Answer answer) {
    return answer.messageId().orElse("");
  }

  private static boolean isGone(SlackApi.Answer answer) {
    return answer.error().filter(GONE::contains).isPresent();
  }

  // Notifications fail open: where the memory is out of reach, people are told without it.

  private Optional<Conversation> find(Conversation.Key key) {
    try {
      return conversations.find(key);
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  private void save(Conversation.Key key, Conversation conversation) {
    try {
      conversations.save(key, conversation);
    } catch (RuntimeException e) {
      // The next notice about this problem becomes a message of its own.
      return;
    }
  }

  private void release(Conversation.Key key) {
    try {
      conversations.release(key);
    } catch (RuntimeException e) {
      // It lapses by itself.
      return;
    }
  }

  /** Says which destination it is, and nothing of how it is reached. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
