package io.cattleguard.route.splunk;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notice;
import io.cattleguard.route.ocsf.OcsfFinding;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * A finding in the envelope of Splunk's HTTP Event Collector.
 *
 * @see <a
 *     href="https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector">Format
 *     events</a>
 */
final class SplunkEvent {
  static final String SOURCE_TYPE = "cattleguard:ocsf";

  private SplunkEvent() {}

  /**
   * The event. Its indexed fields distinguish a copy from a second event in searches.
   *
   * @param index absent for the token's default index
   */
  static ObjectNode of(Delivery delivery, Optional<String> index) {
    if (!(delivery.notice() instanceof Notice.About notice)) {
      throw new IllegalArgumentException("only what is about an alert is a finding");
    }
    ObjectNode finding = OcsfFinding.of(notice);
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("time", BigDecimal.valueOf(finding.path("time").longValue(), 3));
    String node = notice.scored().alert().target().node();
    if (node != null) {
      event.put("host", node);
    }
    event.put("source", "cattleguard");
    event.put("sourcetype", SOURCE_TYPE);
    index.ifPresent(name -> event.put("index", name));
    event.set("event", finding);
    ObjectNode fields = event.putObject("fields");
    fields.put("event_uid", notice.id());
    fields.put("fingerprint", notice.scored().accepted().fingerprint());
    fields.put("incident", notice.scored().incidentId());
    return event;
  }
}
