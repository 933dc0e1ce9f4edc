package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.HostileText;
import io.cattleguard.sources.unwrap.Packed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** Reads a delivery as a stream, so that what is too large can be read in part. */
final class AuditLogReader {
  private static final Pattern LOG_GROUP =
      Pattern.compile("/aws/eks/([0-9A-Za-z][0-9A-Za-z_-]{0,99})/cluster");

  /** The other streams of the group are no audit log. */
  private static final String AUDIT_STREAM = "kube-apiserver-audit-";

  private static final JsonFactory JSON = new JsonFactory();

  /** The texts beside the events: the log group, the stream, … */
  private final Map<String, String> header = new TreeMap<>();

  private final List<String> messages = new ArrayList<>();
  private String lastId = "";

  private AuditLogReader() {}

  /**
   * Reads the Base64 text of a delivery.
   *
   * @throws ContractViolation if it is damaged, or of another log group or stream
   */
  static AuditLog read(String data) {
    AuditLogReader reader = new AuditLogReader();
    boolean isWhole;
    try (InputStream in = new Limited(decompressed(decoded(data)));
        JsonParser json = JSON.createParser(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      reader.read(json);
      isWhole = true;
    } catch (TooLarge | StreamConstraintsException e) {
      isWhole = false;
    } catch (IOException e) {
      throw new ContractViolation("awslogs: damaged gzip data, or not JSON", e);
    }
    return reader.log(isWhole);
  }

  private static byte[] decoded(String data) {
    try {
      return Base64.getDecoder().decode(data);
    } catch (IllegalArgumentException e) {
      throw new ContractViolation("awslogs: data that is not Base64", e);
    }
  }

  private static InputStream decompressed(byte[] bytes) throws IOException {
    InputStream in = new ByteArrayInputStream(bytes);
    return Packed.isGzip(bytes) ? new GZIPInputStream(in) : in;
  }

  private void read(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new ContractViolation("awslogs: the data is not a JSON object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("logEvents") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
          readEvent(json);
        }
      } else if (value == JsonToken.VALUE_STRING) {
        header.put(key, json.getText());
      } else {
        json.skipChildren();
      }
    }
  }

  private void readEvent(JsonParser json) throws IOException {
    String message = "";
    String id = "";
    if (json.currentToken() == JsonToken.START_OBJECT) {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        boolean isText = json.nextToken() == JsonToken.VALUE_STRING;
        if (isText && key.equals("message")) {
          message = json.getText();
        } else if (isText && key.equals("id")) {
          id = json.getText();
        } else {
          json.skipChildren();
        }
      }
    } else {
      json.skipChildren();
    }
    messages.add(message);
    lastId = id;
  }

  private AuditLog log(boolean isWhole) {
    String type = header.getOrDefault("messageType", "");
    if (type.equals("CONTROL_MESSAGE")) {
      return new AuditLog.Control(header.toString());
    }
    if (!type.equals("DATA_MESSAGE")) {
      throw new ContractViolation("awslogs: neither events nor a control message");
    }
    Matcher group = LOG_GROUP.matcher(header.getOrDefault("logGroup", ""));
    if (!group.matches()) {
      throw new ContractViolation("awslogs: not the log group of an EKS cluster");
    }
    if (!header.getOrDefault("logStream", "").startsWith(AUDIT_STREAM)) {
      throw new ContractViolation("awslogs: not a stream of audit events");
    }
    return new AuditLog.Events(
        group.group(1), messages, isWhole ? Optional.empty() : Optional.of(rest()));
  }

  private AuditLog.Rest rest() {
    ObjectNode where = JsonNodeFactory.instance.objectNode();
    header.forEach((key, text) -> where.put(key, HostileText.visible(text, 600)));
    if (!lastId.isEmpty()) {
      where.put("lastIdThatWasRead", HostileText.visible(lastId, 600));
    }
    return new AuditLog.Rest(
        where.toString(),
        "a delivery of more than "
            + AuditLog.LARGEST
            + " bytes: the rest, after "
            + messages.size()
            + " events, was not read; the log group has it");
  }

  /** The limit was reached. */
  private static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Ends with an error after {@link AuditLog#LARGEST} bytes: a kilobyte of gzip may hold a
   * megabyte.
   */
  private static final class Limited extends InputStream {
    private final InputStream in;
    private long left = AuditLog.LARGEST;

    Limited(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      int read = in.read(to, from, (int) Math.min(length, left + 1));
      left -= Math.max(read, 0);
      if (left < 0) {
        throw new TooLarge();
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
