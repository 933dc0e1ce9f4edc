package io.cattleguard.route.sns;

import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.aws.AwsEnvironment;
import io.cattleguard.route.http.FakeServer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A fake of SNS with topics in two regions, as strict as the API reference. */
final class FakeSns extends FakeServer {
  static final String TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts";

  /** The same one of another region. */
  static final String ELSEWHERE = TOPIC.replace("central", "west");

  private final List<Map<String, String>> messages = new ArrayList<>();

  synchronized List<Map<String, String>> messages() {
    return List.copyOf(messages);
  }

  static Scripted error(int status, String code) {
    return new Scripted(
        status,
        Map.of("Content-Type", "text/xml", "Retry-After", "30"),
        "<ErrorResponse><Error><Type>Sender</Type><Code>"
            + code
            + "</Code><Message>arn:aws:iam::123456789012:role/x</Message></Error></ErrorResponse>");
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String pair : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
      int equals = pair.indexOf('=');
      fields.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    String topic = fields.getOrDefault("TopicArn", "");
    String region = topic.equals(ELSEWHERE) ? "eu-west-1" : "eu-central-1";
    if (!AwsEnvironment.isSigned(exchange, "sns", region)) {
      // SNS's answer in a region that is not the topic's own.
      return error(400, "InvalidParameter");
    }
    if (!topic.equals(TOPIC) && !topic.equals(TOPIC + ".fifo") && !topic.equals(ELSEWHERE)) {
      return error(404, "NotFound");
    }
    String subject = fields.getOrDefault("Subject", "");
    if (!subject.matches("[A-Za-z0-9!-/:-@\\[-`{-~][ -~]{0,98}")) {
      violation("subject " + subject);
    }
    String message = fields.getOrDefault("Message", "");
    if (message.isEmpty() || message.getBytes(StandardCharsets.UTF_8).length > 256 * 1024 - 1000) {
      violation("a message of " + message.length());
      return error(400, "InvalidParameter");
    }
    if (topic.endsWith(".fifo") != fields.containsKey("MessageGroupId")) {
      violation("a group is for FIFO topics");
    }
    messages.add(fields);
    return new Scripted(
        200,
        Map.of("Content-Type", "text/xml"),
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>");
  }
}
