package io.cattleguard.route.sns;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Severity;
import io.cattleguard.route.Notice;
import io.cattleguard.route.brief.Brief;
import io.cattleguard.route.ocsf.OcsfFinding;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A notice as a message of a topic.
 *
 * @param subject ASCII, one line, at most 99 characters
 * @param attributes for filter policies of subscriptions
 */
record SnsMessage(String subject, String text, Map<String, String> attributes) {
  private static final int SUBJECT = 99;

  /** SNS takes 256 KB with attributes and subject. */
  static final int BYTES = 250_000;

  static SnsMessage of(Notice notice, SnsSettings.Format format) {
    Brief brief = Brief.of(notice);
    return new SnsMessage(
        subject(brief),
        switch (format) {
          case TEXT -> text(brief);
          case OCSF -> ocsf(notice);
        },
        attributes(notice));
  }

  private static String subject(Brief brief) {
    String ascii = ("Cattleguard: " + brief.line()).replaceAll("[^ -~]", "?");
    return ascii.length() <= SUBJECT ? ascii : ascii.substring(0, SUBJECT - 3) + "...";
  }

  private static String text(Brief brief) {
    StringBuilder text = new StringBuilder(brief.line()).append("\n\n");
    brief.sentences().forEach(sentence -> text.append(sentence).append('\n'));
    text.append('\n');
    brief
        .facts()
        .forEach(fact -> text.append(fact.label()).append(": ").append(fact.value()).append('\n'));
    return text.append("At: ").append(brief.at()).append('\n').toString();
  }

  private static String ocsf(Notice notice) {
    if (!(notice instanceof Notice.About about)) {
      throw new IllegalArgumentException("only what is about an alert is a finding");
    }
    ObjectNode finding = OcsfFinding.of(about);
    if (finding.toString().length() > BYTES / 4) {
      // A character has at most four bytes. The raw event is the long part.
      finding.remove("raw_data");
    }
    return finding.toString();
  }

  private static Map<String, String> attributes(Notice notice) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("type", notice.kind().wireName());
    if (notice instanceof Notice.About about) {
      Severity severity = about.scored().alert().severity();
      attributes.put("class", about.scored().alert().alertClass().jsonName());
      attributes.put(
          "gravity",
          Brief.gravity(Optional.ofNullable(severity), about.scored().score()).jsonName());
      attributes.put("real", Boolean.toString(about.scored().alert().isReal()));
    }
    return attributes;
  }
}
