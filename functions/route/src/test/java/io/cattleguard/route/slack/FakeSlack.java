package io.cattleguard.route.slack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.events.operator.QuestionButton;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import io.cattleguard.route.slack.message.SlackView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A fake of Slack, as strict as its API reference: chat.postMessage, chat.update and an incoming
 * webhook.
 */
public final class FakeSlack extends FakeServer {
  public static final String TOKEN = "token-of-a-test";
  public static final String CHANNEL = "C0SECURITY";
  public static final String WEBHOOK_PATH = "/services/path-of-a-test";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A date or an encoded link: the only texts that may be in angle brackets. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "<!date\\^\\d+\\^\\{date_short_pretty} \\{time_secs}\\|[0-9TZ:-]+>"
              + "|<https://[A-Za-z0-9.-]+(:\\d+)?(/[^<>|\\s`\"]*)?\\|[^<>|`]{1,80}>");

  /** Everything in angle brackets is a control sequence to Slack. */
  private static final Pattern UNESCAPED = Pattern.compile("[<>]|&(?!amp;|lt;|gt;)");

  private static final Set<String> POST =
      Set.of(
          "channel",
          "text",
          "blocks",
          "thread_ts",
          "reply_broadcast",
          "unfurl_links",
          "unfurl_media",
          "parse",
          "link_names");
  private static final Set<String> UPDATE =
      Set.of("channel", "ts", "text", "blocks", "parse", "link_names");
  private static final Set<String> WEBHOOK =
      Set.of("text", "blocks", "unfurl_links", "unfurl_media");

  /** A message in the channel. */
  public record Posted(String ts, String threadTs, JsonNode arguments) {}

  private final Map<String, Posted> messages = new LinkedHashMap<>();
  private final List<String> calls = new ArrayList<>();
  private int next = 1;

  /** A destination of that name that posts to this fake without pauses. */
  public Destination destination(String name, Conversations conversations) {
    return destination(name, conversations, SlackView.PLAIN);
  }

  /** A destination whose messages also show what the view adds. */
  public Destination destination(String name, Conversations conversations, SlackView view) {
    return new SlackDestination(
        new SlackSettings(
            name,
            new Setting.Written(TOKEN),
            new Setting.Written(CHANNEL),
            address().resolve("/api/"),
            view),
        ignored -> Optional.empty(),
        conversations,
        new HttpPost(),
        ignored -> {});
  }

  /** The current messages, oldest first, including replies. */
  public synchronized List<Posted> messages() {
    return List.copyOf(messages.values());
  }

  /** Messages that are not replies. */
  public List<Posted> topLevel() {
    return messages().stream().filter(message -> message.threadTs().isEmpty()).toList();
  }

  /** Replies in the thread of a message. */
  public List<Posted> thread(Posted message) {
    return messages().stream().filter(reply -> reply.threadTs().equals(message.ts())).toList();
  }

  /** The last part of each path called. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** Deletes all messages, as a person may. */
  synchronized void deleteAll() {
    messages.clear();
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    String path = exchange.getRequestURI().getPath();
    calls.add(path.substring(path.lastIndexOf('/') + 1));
    expectHeader(exchange, "Content-Type", "application/json; charset=utf-8");
    JsonNode arguments = JSON.readTree(body);
    if (path.equals(WEBHOOK_PATH)) {
      return webhook(exchange, arguments);
    }
    expectHeader(exchange, "Authorization", "Bearer " + TOKEN);
    return switch (path) {
      case "/api/chat.postMessage" -> post(arguments);
      case "/api/chat.update" -> update(arguments);
      default -> new Scripted(200, "{\"ok\":false,\"error\":\"unknown_method\"}");
    };
  }

  private Scripted webhook(HttpExchange exchange, JsonNode arguments) {
    if (exchange.getRequestHeaders().containsKey("Authorization")) {
      violation("a token was sent to a webhook");
    }
    checkMessage(arguments, WEBHOOK);
    checkQuiet(arguments);
    keep("", arguments);
    return new Scripted(200, "ok");
  }

  private Scripted post(JsonNode arguments) {
    checkMessage(arguments, POST);
    checkQuiet(arguments);
    checkChannel(arguments);
    String thread = arguments.path("thread_ts").asText("");
    if (!thread.isEmpty() && !messages.containsKey(thread)) {
      return new Scripted(200, "{\"ok\":false,\"error\":\"thread_not_found\"}");
    }
    return ok(keep(thread, arguments));
  }

  private Scripted update(JsonNode arguments) {
    checkMessage(arguments, UPDATE);
    checkChannel(arguments);
    String ts = arguments.path("ts").asText("");
    Posted known = messages.get(ts);
    if (known == null) {
      return new Scripted(200, "{\"ok\":false,\"error\":\"message_not_found\"}");
    }
    messages.put(ts, new Posted(ts, known.threadTs(), arguments));
    return ok(ts);
  }

  private String keep(String thread, JsonNode arguments) {
    String ts = "1767268800." + String.format("%06d", next++);
    messages.put(ts, new Posted(ts, thread, arguments));
    return ts;
  }

  private static Scripted ok(String ts) {
    return new Scripted(
        200, "{\"ok\":true,\"channel\":\"" + CHANNEL + "\",\"ts\":\"" + ts + "\",\"message\":{}}");
  }

  private void checkQuiet(JsonNode arguments) {
    if (arguments.path("unfurl_links").asBoolean(true)
        || arguments.path("unfurl_media").asBoolean(true)) {
      violation("links are unfurled");
    }
  }

  private void checkChannel(JsonNode arguments) {
    if (!arguments.path("channel").asText().equals(CHANNEL)) {
      violation("channel is " + arguments.path("channel"));
    }
    if (!arguments.path("parse").asText().equals("none")
        || arguments.path("link_names").asBoolean(true)) {
      violation("names are linked");
    }
  }

  private void checkMessage(JsonNode arguments, Set<String> allowed) {
    Set<String> unknown = new HashSet<>();
    arguments.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(allowed);
    if (!unknown.isEmpty()) {
      violation("unknown arguments " + unknown);
    }
    SlackRules.objections(arguments).forEach(this::violation);
    checkText("text", arguments.path("text"), 40_000);
  }

  private void checkText(String where, JsonNode text, int limit) {
    if (!text.isTextual() || text.textValue().isEmpty() || text.textValue().length() > limit) {
      violation(where + " is empty or too long");
    }
    if (UNESCAPED.matcher(text.asText()).find()) {
      violation(where + " is not escaped: " + text);
    }
  }

  /** The text without dates and links. */
  public static String withoutControls(String text) {
    return CONTROL.matcher(text).replaceAll("");
  }

  /** Slack's rules for blocks, as far as they are used here. */
  public static final class SlackRules {
    private static final int ALL = 12_000;

    private SlackRules() {}

    /** Slack's objections to the message. */
    public static List<String> objections(JsonNode message) {
      List<String> objections = new ArrayList<>();
      JsonNode blocks = message.path("blocks");
      if (blocks.isEmpty() || blocks.size() > 50) {
        objections.add(blocks.size() + " blocks");
      }
      if (blocks.toString().length() > ALL) {
        objections.add("blocks of " + blocks.toString().length() + " characters");
      }
      Set<String> blockIds = new HashSet<>();
      Set<String> actionIds = new HashSet<>();
      for (JsonNode block : blocks) {
        if (block.has("block_id")) {
          String id = block.path("block_id").asText();
          if (id.isEmpty() || id.length() > 255 || !blockIds.add(id)) {
            objections.add("block_id " + id);
          }
        }
        switch (block.path("type").asText()) {
          case "header" -> text(objections, block.path("text"), "plain_text", 150);
          case "section" -> {
            if (block.has("fields")) {
              if (block.path("fields").isEmpty() || block.path("fields").size() > 10) {
                objections.add(block.path("fields").size() + " fields");
              }
              block.path("fields").forEach(one -> text(objections, one, "mrkdwn", 2_000));
            } else {
              text(objections, block.path("text"), "mrkdwn", 3_000);
            }
          }
          case "context" -> {
            if (block.path("elements").isEmpty() || block.path("elements").size() > 10) {
              objections.add("context of " + block.path("elements").size());
            }
            block.path("elements").forEach(one -> text(objections, one, "mrkdwn", 3_000));
          }
          case "input" -> {
            text(objections, block.path("label"), "plain_text", 2_000);
            JsonNode element = block.path("element");
            if (!element.path("type").asText().equals("plain_text_input")
                || !block.path("optional").asBoolean()
                || element.path("max_length").asInt() < 1
                || element.path("max_length").asInt() > 3_000) {
              objections.add("input " + block);
            }
            action(objections, element, actionIds);
            text(objections, element.path("placeholder"), "plain_text", 150);
          }
          case "actions" -> {
            if (block.path("elements").isEmpty() || block.path("elements").size() > 25) {
              objections.add("actions of " + block.path("elements").size());
            }
            block.path("elements").forEach(one -> button(objections, one, actionIds));
          }
          default -> objections.add("block of type " + block.path("type"));
        }
      }
      return objections;
    }

    private static void button(List<String> objections, JsonNode button, Set<String> actionIds) {
      if (!button.path("type").asText().equals("button")) {
        objections.add("element of type " + button.path("type"));
      }
      action(objections, button, actionIds);
      text(objections, button.path("text"), "plain_text", 75);
      String value = button.path("value").asText();
      if (value.isEmpty() || value.length() > 2_000) {
        objections.add("value of " + value.length() + " characters");
      }
      style(objections, button);
      JsonNode confirm = button.path("confirm");
      if (confirm.isMissingNode() && QuestionButton.read(value).isPresent()) {
        return; // a button that only asks a question needs no confirmation
      }
      text(objections, confirm.path("title"), "plain_text", 100);
      text(objections, confirm.path("text"), "plain_text", 300);
      text(objections, confirm.path("confirm"), "plain_text", 30);
      text(objections, confirm.path("deny"), "plain_text", 30);
      style(objections, confirm);
    }

    private static void style(List<String> objections, JsonNode in) {
      if (in.has("style") && !Set.of("primary", "danger").contains(in.path("style").asText())) {
        objections.add("style " + in.path("style"));
      }
    }

    private static void action(List<String> objections, JsonNode in, Set<String> actionIds) {
      String id = in.path("action_id").asText();
      if (id.isEmpty() || id.length() > 255 || !actionIds.add(id)) {
        objections.add("action_id " + id + " is empty, too long or there twice");
      }
    }

    private static void text(List<String> objections, JsonNode text, String type, int limit) {
      String value = text.path("text").asText();
      if (!text.path("type").asText().equals(type)) {
        objections.add("text of type " + text.path("type"));
      }
      if (value.isEmpty() || value.length() > limit) {
        objections.add("text of " + value.length() + " characters");
      }
      if (UNESCAPED.matcher(withoutControls(value)).find()) {
        objections.add("not escaped: " + value);
      }
      if (type.equals("plain_text") && text.path("emoji").asBoolean(true)) {
        objections.add("emoji are drawn");
      }
      if (type.equals("mrkdwn") && !text.path("verbatim").asBoolean(false)) {
        objections.add("links and names are found in it");
      }
    }
  }
}
