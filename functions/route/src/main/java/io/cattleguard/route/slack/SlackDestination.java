package io.cattleguard.route.slack;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.gson.JsonObject;
import io.cattleguard.events.Severity;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Told;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.message.SlackMessage;
import io.cattleguard.route.slack.message.SlackStep;
import io.cattleguard.route.slack.message.SlackThrottle;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A Slack channel, posted to by a bot: one message per incident, updated with its state, and
 * further alerts and the outcomes of responses in its thread.
 *
 * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage">chat.postMessage</a>
 * @see <a href="https://docs.slack.dev/reference/methods/chat.update">chat.update</a>
 */
public final class SlackDestination implements Destination {
  /** Longer than a post takes. The claim of a killed holder expires after this time. */
  private static final Duration CLAIM = Duration.ofSeconds(30);

  /** How often a message is updated for one notice while other batches add to it. */
  private static final int UPDATES = 3;

  /** Slack's errors for a message that was deleted or can no longer be edited: post a new one. */
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

  /** Posts to the channel of the settings. The token is read for each batch. */
  public SlackDestination(SlackSettings settings, Secrets secrets, Conversations conversations) {
    this(settings, secrets, conversations, new HttpPost(), new SlackPause());
  }

  SlackDestination(
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

  /** One batch: token, channel and a clock that advances with every pause. */
  private final class Batch {
    private final String token;
    private final String channel;
    private Instant now;

    /** Slack refuses everything, so the other messages of the batch are not tried. */
    private Optional<Outcome> blocked = Optional.empty();

    private Batch(String token, String channel, Instant now) {
      this.token = token;
      this.channel = channel;
      this.now = now;
    }

    private Outcome deliver(Delivery delivery) {
      return switch (delivery.notice()) {
        case Notice.About about ->
            deliver(about, Conversation.Key.of(delivery.destination(), about));
        case Notice.Commanded commanded ->
            call(
                    "chat.postMessage",
                    SlackArguments.quiet(SlackMessage.of(commanded, settings.view())))
                .outcome();
      };
    }

    private Outcome deliver(Notice.About notice, Conversation.Key key) {
      Optional<Conversation> known = find(key);
      boolean isPosted = false;
      for (int steps = 0; steps < 4; steps++) {
        SlackStep step = SlackStep.next(notice, known, now);
        switch (step) {
          case SlackStep.Nothing ignored -> {
            return new Outcome.Skipped("the channel already shows this");
          }
          case SlackStep.Wait wait -> {
            return new Outcome.TryAgain(wait.left(), "the message was updated less than 30 s ago");
          }
          case SlackStep.Reply reply -> {
            SlackApi.Answer answer = reply(notice, reply);
            if (!isGone(answer)) {
              return answer.outcome() instanceof Outcome.Delivered
                  ? notifying(updateAfter(key, notice, reply), isPosted || reply.isBroadcast())
                  : answer.outcome();
            }
            known = Optional.empty();
          }
          case SlackStep.Update update -> {
            SlackApi.Answer answer = update(key, notice, update.conversation(), update.told());
            if (!isGone(answer)) {
              return notifying(answer.outcome(), isPosted);
            }
            known = Optional.empty();
          }
          case SlackStep.Post post -> {
            Optional<Conversation> seen = find(key);
            if (!claim(key, seen)) {
              return new Outcome.TryAgain(CLAIM, "another batch is posting this incident");
            }
            SlackApi.Answer answer = post(key, notice, post.told());
            if (!(answer.outcome() instanceof Outcome.Delivered)
                || notice instanceof Notice.Scored) {
              return notifying(answer.outcome(), true);
            }
            isPosted = true;
            known = Optional.of(shown(messageId(answer), now, notice, post.told()));
          }
        }
      }
      return new Outcome.TryAgain(CLAIM, "the message was deleted again right after it was posted");
    }

    /** Slack notifies of new messages in the channel, not of updates and replies in threads. */
    private static Outcome notifying(Outcome outcome, boolean notifies) {
      return outcome instanceof Outcome.Delivered ? new Outcome.Delivered(notifies) : outcome;
    }

    private SlackApi.Answer post(Conversation.Key key, Notice.About notice, Told told) {
      SlackApi.Answer answer =
          call(
              "chat.postMessage",
              SlackArguments.quiet(SlackMessage.incident(told, settings.view())));
      if (answer.outcome() instanceof Outcome.Delivered) {
        save(key, shown(messageId(answer), now, notice, told));
      } else {
        release(key);
      }
      return answer;
    }

    /**
     * Updates the message, and repeats that if another batch has added to the incident meanwhile.
     * The last batch shows the merged state of all.
     */
    private SlackApi.Answer update(
        Conversation.Key key, Notice.About notice, Conversation known, Told told) {
      Told shown = told;
      SlackApi.Answer answer = SlackApi.Answer.NONE;
      for (int attempt = 0; attempt < UPDATES; attempt++) {
        JsonObject arguments = SlackArguments.of(SlackMessage.incident(shown, settings.view()));
        arguments.addProperty("ts", known.messageId());
        answer = call("chat.update", arguments);
        if (!(answer.outcome() instanceof Outcome.Delivered)) {
          return answer;
        }
        Told all = save(key, shown(known.messageId(), known.postedAt(), notice, shown)).told();
        if (all.looksLike(shown)) {
          return answer;
        }
        shown = all;
      }
      return answer;
    }

    /**
     * Updates the message whose thread has the reply now. If that fails, the notice is retried, and
     * the stored conversation says that only the update is missing.
     */
    private Outcome updateAfter(Conversation.Key key, Notice.About notice, SlackStep.Reply reply) {
      Conversation known = reply.conversation();
      Told told = reply.told().replied(SlackStep.replyId(notice));
      if (!known.isStale() && told.looksLike(known.told())) {
        save(
            key,
            new Conversation(
                known.messageId(),
                latest(known, notice),
                known.postedAt(),
                known.shownAt(),
                told,
                false));
        return new Outcome.Delivered();
      }
      SlackApi.Answer answer = update(key, notice, known, told);
      if (!(answer.outcome() instanceof Outcome.Delivered) && !isGone(answer)) {
        save(
            key,
            new Conversation(
                known.messageId(),
                latest(known, notice),
                known.postedAt(),
                known.shownAt(),
                told,
                true));
      }
      return isGone(answer) ? new Outcome.Delivered() : answer.outcome();
    }

    /** Replies in the thread. */
    private SlackApi.Answer reply(Notice.About notice, SlackStep.Reply reply) {
      JsonObject arguments = SlackArguments.quiet(SlackMessage.of(notice));
      arguments.addProperty("thread_ts", reply.conversation().messageId());
      if (reply.isBroadcast()) {
        arguments.addProperty("reply_broadcast", true);
      }
      return call("chat.postMessage", arguments);
    }

    private SlackApi.Answer call(String method, JsonObject arguments) {
      Optional<Outcome> refusal = blocked.or(() -> throttle.refusal(now));
      if (refusal.isPresent()) {
        return new SlackApi.Answer(refusal.get(), Optional.empty(), Optional.empty());
      }
      Duration wait = throttle.wait(now);
      if (wait.isPositive()) {
        pause.during(wait);
        now = now.plus(wait);
      }
      arguments.addProperty("channel", channel);
      arguments.addProperty("parse", "none");
      arguments.addProperty("link_names", false);
      SlackApi.Answer answer = api.call(method, token, arguments, now);
      throttle = throttle.sent(now);
      if (answer.outcome() instanceof Outcome.TryAgain tryAgain) {
        throttle = throttle.held(now, tryAgain.after());
      } else if (answer.outcome() instanceof Outcome.Blocked) {
        blocked = Optional.of(answer.outcome());
      }
      return answer;
    }

    private Conversation shown(String messageId, Instant postedAt, Notice.About notice, Told told) {
      return new Conversation(
          messageId, notice.scored().accepted().lastAt(), postedAt, now, told, false);
    }

    private static Instant latest(Conversation known, Notice.About notice) {
      Instant lastAt = notice.scored().accepted().lastAt();
      return lastAt.isBefore(known.lastAt()) ? known.lastAt() : lastAt;
    }

    private boolean claim(Conversation.Key key, Optional<Conversation> seen) {
      try {
        return conversations.claim(key, seen, now, now.plus(CLAIM));
      } catch (RuntimeException e) {
        return true; // fail open: two notifications are better than none
      }
    }
  }

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    Optional<Outcome> notConfigured = settings.notConfigured(secrets);
    if (notConfigured.isPresent()) {
      return Collections.nCopies(deliveries.size(), notConfigured.get());
    }
    String token = settings.token().value(secrets).orElseThrow();
    String channel = settings.channel().value(secrets).orElseThrow();
    Batch batch = new Batch(token, channel, now);
    Map<Delivery, Outcome> outcomes = new HashMap<>();
    gravestFirst(deliveries).forEach(one -> outcomes.put(one, batch.deliver(one)));
    return deliveries.stream().map(one -> outcomes.get(one)).toList();
  }

  /**
   * Orders alerts before outcomes, the most severe alert first, and per problem the highest count
   * first. Lower counts then need no update, and fewer alerts are more severe than what was sent.
   */
  private static List<Delivery> gravestFirst(List<Delivery> deliveries) {
    List<Delivery> sorted = new ArrayList<>(deliveries);
    sorted.sort(
        Comparator.comparing((Delivery one) -> one.kind())
            .thenComparing(SlackDestination::severity, Comparator.reverseOrder())
            .thenComparing(SlackDestination::score, Comparator.reverseOrder())
            .thenComparing(SlackDestination::count, Comparator.reverseOrder()));
    return sorted;
  }

  private static int severity(Delivery delivery) {
    Severity severity =
        delivery.notice() instanceof Notice.About about ? about.scored().alert().severity() : null;
    return severity == null ? -1 : severity.ocsfId();
  }

  private static int score(Delivery delivery) {
    return delivery.notice() instanceof Notice.About about ? about.scored().score() : 0;
  }

  private static long count(Delivery delivery) {
    return delivery.notice() instanceof Notice.About about ? about.scored().accepted().count() : 0;
  }

  private static String messageId(SlackApi.Answer answer) {
    return answer.messageId().orElse("");
  }

  private static boolean isGone(SlackApi.Answer answer) {
    return answer.error().filter(GONE::contains).isPresent();
  }

  // Notifications fail open: without the conversations table the message is posted anyway.

  private Optional<Conversation> find(Conversation.Key key) {
    try {
      return conversations.find(key);
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  @CanIgnoreReturnValue
  private Conversation save(Conversation.Key key, Conversation conversation) {
    try {
      return conversations.save(key, conversation);
    } catch (RuntimeException e) {
      // The next notice about this incident will be a new message.
      return conversation;
    }
  }

  private void release(Conversation.Key key) {
    try {
      conversations.release(key);
    } catch (RuntimeException e) {
      // The claim expires.
      return;
    }
  }

  /** Type and name only, no address and no secret. */
  @Override
  public String toString() {
    return settings.type() + " " + settings.name();
  }
}
