package io.cattleguard.route.s3;

import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.aws.AwsEnvironment;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** One bucket. */
final class FakeS3 extends FakeServer {
  static final String BUCKET = "security-lake-of-a-test";

  private final Map<String, byte[]> objects = new TreeMap<>();

  synchronized Map<String, byte[]> objects() {
    return new TreeMap<>(objects);
  }

  synchronized String text(String key) throws IOException {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(objects.getOrDefault(key, new byte[0])))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static Scripted error(int status, String code) {
    return new Scripted(
        status,
        Map.of("Content-Type", "application/xml", "Retry-After", "30"),
        "<Error><Code>"
            + code
            + "</Code><Message>arn:aws:iam::123456789012:role/x</Message></Error>");
  }

  @Override
  protected String method() {
    return "PUT";
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) {
    if (!AwsEnvironment.isSigned(exchange, "s3")) {
      violation("not signed for S3");
    }
    String path = exchange.getRequestURI().getPath();
    if (!path.startsWith("/" + BUCKET + "/")) {
      return error(404, "NoSuchBucket");
    }
    String owner = exchange.getRequestHeaders().getFirst("x-amz-expected-bucket-owner");
    if (owner != null && !owner.equals("123456789012")) {
      return error(403, "AccessDenied");
    }
    String key = path.substring(BUCKET.length() + 2);
    byte[] before = objects.put(key, body);
    if (before != null && !Arrays.equals(before, body)) {
      violation("another object with the key " + key);
    }
    return new Scripted(200, Map.of("ETag", "\"0\""), "");
  }
}
