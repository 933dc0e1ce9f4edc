package io.cattleguard.route.slack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Setting;
import io.cattleguard.route.http.FakeServer;
import io.cattleguard.route.http.HttpPost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Slack, as strict as its reference: chat.postMessage, chat.update and an incoming webhook. */
public final class FakeSlack extends FakeServer {
  public static final String TOKEN = "token-of-a-test";
  public static final String CHANNEL = "C0SECURITY";
  public static final String WEBHOOK_PATH = "/services/path-of-a-test";

  private static final JsonMapper JSON = JsonMapper.builder().build();

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

  /** A destination of that name which posts here, and waits for nothing. */
  public Destination destination(String name, Conversations conversations) {
    return new SlackDestination(
        new SlackSettings(
            name,
            new Setting.Written(TOKEN),
            new Setting.Written(CHANNEL),
            address().resolve("/api/")),
        ignored -> Optional.empty(),
        conversations,
        new HttpPost(),
        ignored -> {});
  }

  /** Messages as they are now, oldest first; replies too. */
  public synchronized List<Posted> messages() {
    return List.copyOf(messages.values());
  }

  /** Messages that are no replies. */
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

  /** As if somebody deleted them. */
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

  /** Slack's rules for blocks, as far as they are used here. */
  public static final class SlackRules {
    private static final int ALL = 12_000;

    private SlackRules() {}

    /** What Slack would say to the message. */
    public static List<String> objections(JsonNode message) {
      List<String> objections = new ArrayList<>();
      JsonNode blocks = message.path("blocks");
      if (blocks.isEmpty() || blocks.size() > 50) {
        objections.add(blocks.size() + " blocks");
      }
      if (blocks.toString().length() > ALL) {
        objections.add("blocks of " + blocks.toString().length() + " characters");
      }
      for (JsonNode block : blocks) {
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
            block.path("elements").forEach(one -> text(objections, one, "plain_text", 3_000));
          }
          default -> objections.add("block of type " + block.path("type"));
        }
      }
      return objections;
    }

    private static void text(List<String> objections, JsonNode text, String type, int limit) {
      String value = text.path("text").asText();
      if (!text.path("type").asText().equals(type)) {
        objections.add("text of type " + text.path("type"));
      }
      if (value.isEmpty() || value.length() > limit) {
        objections.add("text of " + value.length() + " characters");
      }
      if (UNESCAPED.matcher(value).find()) {
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
