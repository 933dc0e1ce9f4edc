package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An event in an envelope is read in the same way as without the envelope. */
final class UnwrappingTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String EVENT =
      new FalcoEvent("Terminal shell in container", "Notice")
          .field("k8s.pod.name", "web-1")
          .toString();
  private static final Origin ORIGIN = new Origin("blue", Instant.EPOCH);

  private final AlertReader reader = new AlertReader();

  private List<ReadEvent> all(String text) {
    return reader.readAll(text, ORIGIN);
  }

  private Reading bare() {
    return reader.read(EVENT, ORIGIN);
  }

  private String unreadable(String text) {
    List<ReadEvent> events = all(text);
    assertEquals(1, events.size(), events::toString);
    return assertInstanceOf(Reading.Unreadable.class, events.getFirst().reading()).reason();
  }

  private static String quoted(String text) {
    return JSON.getNodeFactory().textNode(text).toString();
  }

  private static String gzip(String text) {
    return packed(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String packed(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }

  private static String twice(String text) {
    return packed(Base64.getDecoder().decode(gzip(text)));
  }

  /**
   * TEXT stands for the event as a JSON string, TREE for the event as JSON; the others are packed
   * bytes.
   */
  private static String filled(String envelope, String event) {
    return envelope
        .replace("TEXT", quoted(event))
        .replace("TREE", event)
        .replace(
            "BASE64", Base64.getEncoder().encodeToString(event.getBytes(StandardCharsets.UTF_8)))
        .replace("GZIP", gzip(event))
        .replace("TWICE", twice(event));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Fluent Bit | {'log':TEXT,'stream':'stdout','kubernetes':{'pod_name':'falco-x'}}",
        "Fluent Bit, unparsed CRI | {'log':'2026-03-02T09:15:00.5Z stdout F"
            + " {\\'rule\\':\\'x\\',\\'priority\\':\\'Notice\\'}'}",
        "Fluent Bit, parsed | {'log_processed':TREE,'log':'x','kubernetes':{}}",
        "Fluent Bit, merged below log | {'log':TREE,'kubernetes':{'pod_name':'x'}}",
        "Docker | {'log':TEXT,'stream':'stdout','time':'2026-03-02T09:15:00Z'}",
        "Filebeat | {'@timestamp':'2026-03-02T09:15:00Z','message':TEXT,'host':{'name':'a'}}",
        "ECS | {'@timestamp':'2026-03-02T09:15:00Z','event':{'original':TEXT}}",
        "journald | {'MESSAGE':TEXT,'_SYSTEMD_UNIT':'falco.service'}",
        "filter-log-events |"
            + " {'events':[{'timestamp':1,'message':TEXT,'ingestionTime':1}],'searchedLogStreams':[]}",
        "one of filter-log-events | {'logStreamName':'s','timestamp':1,'message':TEXT}",
        "get-log-events | {'events':[{'timestamp':1,'message':TEXT}],'nextForwardToken':'f'}",
        "Logs Insights |"
            + " {'results':[[{'field':'@message','value':TEXT},{'field':'@ptr','value':'x'}]]}",
        "a subscription |"
            + " {'messageType':'DATA_MESSAGE','logEvents':[{'id':'1','timestamp':1,'message':TEXT}]}",
        "a Lambda function's SQS event |"
            + " {'Records':[{'messageId':'m','eventSource':'aws:sqs','body':TEXT}]}",
        "one SQS record | {'messageId':'m','receiptHandle':'r','body':TEXT}",
        "receive-message | {'Messages':[{'MessageId':'m','ReceiptHandle':'r','Body':TEXT}]}",
        "SNS | {'Type':'Notification','TopicArn':'arn:x','Message':TEXT}",
        "a Lambda function's SNS event |"
            + " {'Records':[{'EventSource':'aws:sns','Sns':{'TopicArn':'arn:x','Message':TEXT}}]}",
        "Kinesis | {'Records':[{'kinesis':{'data':'BASE64'},'eventSource':'aws:kinesis'}]}",
        "Kinesis, gzip | {'Records':[{'kinesis':{'data':'GZIP'},'eventSource':'aws:kinesis'}]}",
        "Firehose | {'requestId':'x','records':[{'data':'BASE64'}]}",
        "EventBridge | {'detail-type':'falco alert','source':'falco','detail':TREE}",
        "CloudEvents | {'specversion':'1.0','type':'x','data':TREE}",
        "CloudEvents, text | {'specversion':'1.0','type':'x','data':TEXT}",
        "CloudEvents, packed | {'specversion':'1.0','type':'x','data_base64':'BASE64'}",
        "an Elasticsearch hit | {'_index':'falco','_id':'x','_source':TREE}",
        "an Elasticsearch response | {'took':1,'hits':{'total':1,'hits':[{'_source':TREE}]}}",
        "a push to Loki | {'streams':[{'stream':{},'values':[['1',TEXT]]}]}",
        "Loki's answer |"
            + " {'status':'success','data':{'result':[{'stream':{},'values':[['1',TEXT]]}]}}",
        "logcli | {'labels':{},'line':TEXT,'timestamp':'x'}",
        "a Splunk export | {'preview':false,'offset':0,'result':{'_raw':TEXT}}",
        "Splunk's results | {'results':[{'_raw':TEXT}]}",
        "Splunk's collector | {'time':1,'sourcetype':'falco','event':TREE}",
        "Pub/Sub | {'message':{'data':'BASE64'},'subscription':'s'}",
        "Google Cloud's log | {'insertId':'x','jsonPayload':TREE}",
        "OpenTelemetry |"
            + " {'resourceLogs':[{'scopeLogs':[{'logRecords':[{'body':{'stringValue':TEXT}}]}]}]}",
        "an API gateway | {'headers':{},'isBase64Encoded':true,'body':'GZIP'}",
        "an API gateway, packed twice | {'headers':{},'isBase64Encoded':true,'body':'TWICE'}",
        "Alertmanager | {'receiver':'x','status':'firing','version':'4','alerts':[TREE]}",
        "a JSON string | TEXT",
        "a container's log | 2026-03-02T09:15:00.514498186Z stdout F TREE",
        "kubectl | [pod/falco-4cvkq/falco] TREE",
        "kubectl with times | 2026-03-02T09:15:00.514498186Z TREE",
        "stern | falco-4cvkq falco TREE",
        "stern of all namespaces | falco falco-4cvkq falco 2026-03-02T09:15:00.5Z TREE",
        "syslog | <13>Mar 2 09:15:00 node-a falco[123]: TREE",
      })
  void anEnvelopeIsOpened(String sentence, String envelope) {
    String text = filled(envelope.replace("\\'", "\\\"").replace("'", "\""), EVENT);

    List<ReadEvent> events = all(text);

    assertEquals(1, events.size(), sentence);
    Reading.Read read = assertInstanceOf(Reading.Read.class, events.getFirst().reading(), sentence);
    if (envelope.contains("\\'")) {
      assertEquals("x", read.alert().rule(), sentence);
    } else {
      assertEquals(bare(), read, sentence);
      assertEquals(EVENT, events.getFirst().text(), sentence);
    }
  }

  @Test
  void envelopesInsideEnvelopesAreOpenedFourDeep() {
    String record = filled("{\"log\":TEXT}", EVENT);
    String logs =
        filled(
            "{\"awslogs\":{\"data\":\"GZIP\"}}",
            filled(
                "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"id\":\"1\",\"message\":TEXT}]}",
                record));
    String topic = filled("{\"TopicArn\":\"t\",\"Message\":TEXT}", logs);

    assertEquals(bare(), all(topic).getFirst().reading());
    assertEquals(
        "a log record inside 4 other envelopes (in a CloudWatch Logs subscription)",
        unreadable(filled("{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":TEXT}]}", topic)));
  }

  @Test
  void aBombOfGzipInGzipIsBoundedToo() {
    String bomb = twice("0".repeat(Unwrapping.DECOMPRESSED + 1));
    assertTrue(
        unreadable("{\"awslogs\":{\"data\":\"" + bomb + "\"}}")
            .startsWith("gzip data of more than 8388608 bytes"));
  }

  @Test
  void anOpenTelemetryRecordOfFieldsIsTheirObject() {
    Reading read =
        all("""
        {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[
         {"key":"rule","value":{"stringValue":"A rule"}},
         {"key":"priority","value":{"stringValue":"Error"}},
         {"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"T1059"}]}}},
         {"key":"time","value":{"stringValue":"2026-03-02T09:15:00Z"}},
         {"key":"output_fields","value":{"kvlistValue":{"values":[
          {"key":"k8s.pod.name","value":{"stringValue":"web-1"}},
          {"key":"fd.rip","value":{"stringValue":"203.0.113.66"}},
          {"key":"fd.rport","value":{"intValue":"9001"}},
          {"key":"container.privileged","value":{"boolValue":true}}]}}}]}}}]}]}]}
        """)
            .getFirst()
            .reading();

    Alert alert = assertInstanceOf(Reading.Read.class, read, read.toString()).alert();
    assertEquals("A rule", alert.rule());
    assertEquals(List.of("T1059"), alert.techniques());
    assertEquals("web-1", alert.target().pod());
    assertEquals(9001, alert.network().port());
    assertEquals(List.of("privileged"), alert.traits());
  }

  @Test
  void anAlertOfPrometheusIsNamed() {
    assertEquals(
        "a Prometheus alert: this source is not supported yet (in an Alertmanager notification)",
        unreadable(
            "{\"receiver\":\"x\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":"
                + "{\"alertname\":\"KubePodCrashLooping\"}}]}"));
  }

  @Test
  void aListIsNoFurtherEnvelopeUnlessItIsInAList() {
    String nested = "[".repeat(6) + EVENT + "]".repeat(6);
    assertTrue(unreadable(nested).startsWith("a list inside 4 other"), unreadable(nested));
    assertEquals(bare(), all("[[[" + EVENT + "]]]").getFirst().reading());
  }

  @Test
  void eachEventOfAnEnvelopeIsReadAndCounted() {
    ObjectNode logs = JSON.createObjectNode();
    ArrayNode events = logs.putArray("events");
    for (String message : List.of(EVENT, "Falco version: 0.43.0", "{\"x\":1}")) {
      events.addObject().put("timestamp", 1).put("message", message).put("ingestionTime", 1);
    }
    List<ReadEvent> read = all(logs.toString());

    assertEquals(
        List.of(EVENT, "Falco version: 0.43.0", "{\"x\":1}"),
        read.stream().map(ReadEvent::text).toList());
    assertEquals(bare(), read.get(0).reading());
    assertEquals(
        new Reading.Unreadable(
            "not JSON: starts with 'Falco version: 0.43.0' (in an output of CloudWatch Logs)"),
        read.get(1).reading());
    assertEquals(
        new Reading.Unreadable(
            "unknown source; its first keys are x; see sources/README.md#add-a-source, or add a"
                + " mapping in policy/sources (in an output of CloudWatch Logs)"),
        read.get(2).reading());
  }

  @Test
  void aCompressedFileOfJsonLinesHasAllItsEvents() {
    String lines = EVENT + "\n" + EVENT + "\ntext\n";
    assertEquals(3, all(filled("{\"records\":[{\"data\":\"GZIP\"}]}", lines)).size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"id\":\"\",\"message\":\"CWL"
            + " CONTROL\"}]}",
        "{\"Type\":\"SubscriptionConfirmation\",\"TopicArn\":\"t\",\"Message\":\"You have"
            + " chosen\"}",
        "{\"Findings\":[]}",
        "{\"index\":{\"_index\":\"falco\"}}",
      })
  void anEnvelopeWithoutAnEventIsIgnored(String text) {
    List<ReadEvent> events = all(text);
    assertEquals(1, events.size());
    Reading.Ignored ignored = assertInstanceOf(Reading.Ignored.class, events.getFirst().reading());
    assertTrue(ignored.reason().endsWith("without an event"), ignored.reason());
  }

  @Test
  void beyondTheMostEventsTheRestIsOneUnreadableEventThatKeepsThem() {
    StringBuilder list = new StringBuilder("{\"Messages\":[");
    for (int i = 0; i < Unwrapping.EVENTS + 3; i++) {
      list.append(i == 0 ? "" : ",")
          .append("{\"Body\":\"x")
          .append(i)
          .append("\",\"MD5OfBody\":\"\"}");
    }
    List<ReadEvent> events = all(list.append("]}").toString());

    assertEquals(Unwrapping.EVENTS + 1, events.size());
    assertEquals(
        new Reading.Unreadable(
            "too many events: the rest, after 1000, is not read; split it (in a list of SQS"
                + " messages)"),
        events.getLast().reading());
    assertTrue(
        events.getLast().text().contains("x1000") && events.getLast().text().contains("x1002"));
  }

  @Test
  void linesInsideAnEnvelopeAreBoundedToo() {
    String many = "{}".repeat(400_000);
    for (String text :
        List.of(
            "{\"awslogs\":{\"data\":\"" + gzip(many) + "\"}}",
            "{\"log\":\""
                + many.replace("{}", "{}\\n").substring(0, 900_000)
                + "\",\"stream\":\"stdout\"}")) {
      List<ReadEvent> events = all(text);
      assertTrue(events.size() <= Unwrapping.EVENTS + 2, events.size() + " events");
      assertTrue(
          events.stream().mapToLong(event -> event.text().length()).sum()
              < 4L * AlertReader.EVENT_LIMIT);
    }
  }

  @Test
  void alertsThatShareALargeEventAreNotCopiedWithoutEnd() {
    String alerts = "{},".repeat(999) + "{}";
    String text =
        "{\"kind\":\"RuntimeAlerts\",\"apiVersion\":\"kubescape.io/v1\",\"spec\":{\"alerts\":["
            + alerts
            + "],\"x\":\""
            + "y".repeat(500_000)
            + "\"}}";
    List<ReadEvent> events = all(text);
    assertTrue(
        events.stream().mapToLong(event -> event.text().length()).sum()
            < 7L * AlertReader.EVENT_LIMIT,
        events.size() + " events");
    assertTrue(
        assertInstanceOf(Reading.Unreadable.class, events.getLast().reading())
            .reason()
            .startsWith("too many characters in its envelopes"));
  }

  @Test
  void aBombThatIsRefusedSpendsTheBudgetToo() {
    String bomb = gzip(" ".repeat(Unwrapping.DECOMPRESSED + 1));
    String two = "{\"records\":[{\"data\":\"" + bomb + "\"},{\"data\":\"" + bomb + "\"}]}";
    assertTrue(
        assertInstanceOf(Reading.Unreadable.class, all(two).getLast().reading())
            .reason()
            .startsWith("gzip data of more than 0 bytes"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"who\":\"knows\",\"findings\":[]}",
        "{\"alert\":\"grave\",\"records\":[],\"x\":1}",
        "{\"results\":[[{\"field\":\"other\",\"value\":\"{}\"}]],\"status\":\"Complete\"}"
      })
  void anEmptyListBesideOtherContentHidesNothing(String text) {
    assertInstanceOf(Reading.Unreadable.class, all(text).getFirst().reading());
  }

  @Test
  void manyByteOrderMarksAreNoDeepRecursion() {
    assertInstanceOf(
        Reading.Unreadable.class, all("\ufeff".repeat(340_000) + "{}").getFirst().reading());
  }

  @Test
  void aBombIsOneUnreadableEventThatKeepsTheData() {
    String bomb = gzip("0".repeat(Unwrapping.DECOMPRESSED + 1));
    List<ReadEvent> events = all("{\"awslogs\":{\"data\":\"" + bomb + "\"}}");
    assertEquals(bomb, events.getFirst().text());
    assertEquals(
        new Reading.Unreadable(
            "gzip data of more than 8388608 bytes when decompressed (in a CloudWatch Logs"
                + " subscription)"),
        events.getFirst().reading());
  }

  @Test
  void manyBombsTogetherAreBoundedAsOne() {
    String half = gzip(" ".repeat(Unwrapping.DECOMPRESSED * 3 / 4));
    String two = "{\"records\":[{\"data\":\"" + half + "\"},{\"data\":\"" + half + "\"}]}";
    assertTrue(
        assertInstanceOf(Reading.Unreadable.class, all(two).getLast().reading())
            .reason()
            .startsWith("too many characters in its envelopes"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"records\":[{\"data\":\"%\"}]}|data that is not Base64",
        "{\"records\":[{\"data\":\"H4sIAAAA\"}]}|damaged gzip data",
        "{\"Records\":[{\"s3\":{\"bucket\":{},\"object\":{}}}]}|an S3 notification, which names a"
            + " file",
        "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\","
            + "\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{},\"object\":{}}}]}|an S3"
            + " notification, which names a file",
        "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":\"hello\"}]}|not JSON: starts with"
            + " 'hello'",
      })
  void whatIsBrokenInsideSaysSo(String text, String reason) {
    assertTrue(unreadable(text).startsWith(reason), unreadable(text));
  }

  @Test
  void anEventOfAKnownServiceIsNamedRatherThanOpened() {
    assertEquals(
        "a GuardDuty malware scan result: this source is not supported yet",
        unreadable(
            "{\"detail-type\":\"GuardDuty Malware Protection Object\",\"detail\":{\"x\":1}}"));
  }

  @Test
  void anOutputLargerThanAnEventIsReadOnlyInARecording() {
    StringBuilder findings = new StringBuilder("{\"Findings\":[");
    String padded =
        EVENT.substring(0, EVENT.length() - 1) + ",\"pad\":\"" + "x".repeat(10_000) + "\"}";
    findings.append((padded + ",").repeat(200)).append(EVENT).append("]}");
    String output = findings.toString();

    assertTrue(unreadable(output).startsWith("too large: "));
    List<ReadEvent> events = reader.ofRecordings().readAll(output, ORIGIN);
    assertEquals(201, events.size());
    assertEquals(bare(), events.getLast().reading());
    String huge = EVENT.replace("web-1", "x".repeat(AlertReader.EVENT_LIMIT));
    assertTrue(
        assertInstanceOf(
                Reading.Unreadable.class,
                reader.ofRecordings().readAll(huge, ORIGIN).getFirst().reading())
            .reason()
            .startsWith("too large: "));
  }
}
