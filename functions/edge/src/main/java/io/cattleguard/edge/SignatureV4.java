package io.cattleguard.edge;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AWS's Signature Version 4, for requests to the root path of a service, which is what its JSON and
 * query APIs are, and for plain reading elsewhere.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create
 *     a signed request</a>
 */
public final class SignatureV4 {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final HexFormat HEX = HexFormat.of();

  private SignatureV4() {}

  /** What a signature is good for: one region's service. */
  public record Scope(String region, String service) {
    /** Where AWS has it. */
    public URI address() {
      String suffix = region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
      return URI.create("https://" + service + "." + region + suffix);
    }

    private String on(String date) {
      return date + "/" + region + "/" + service + "/aws4_request";
    }
  }

  /**
   * Signs a POST with that body.
   *
   * @param headers those to sign, besides the host
   * @return the headers to send: those, and the ones that make the signature
   */
  public static Map<String, String> signed(
      AwsCredentials credentials,
      Scope scope,
      URI address,
      Map<String, String> headers,
      byte[] body,
      Instant now) {
    return signed(credentials, scope, address, "POST", "/", "", headers, body, now);
  }

  /**
   * Signs a GET.
   *
   * @param address whose path and query are as they are to be sent, parameters in order
   * @return the headers to send
   */
  public static Map<String, String> signed(
      AwsCredentials credentials, Scope scope, URI address, Instant now) {
    String query = address.getRawQuery();
    return signed(
        credentials,
        scope,
        address,
        "GET",
        address.getRawPath(),
        query == null ? "" : query,
        Map.of(),
        new byte[0],
        now);
  }

  private static Map<String, String> signed(
      AwsCredentials credentials,
      Scope scope,
      URI address,
      String method,
      String path,
      String query,
      Map<String, String> headers,
      byte[] body,
      Instant now) {
    String time = time(now);
    SortedMap<String, String> all = new TreeMap<>(lowerCase(headers));
    String hash = HEX.formatHex(sha256(body));
    all.put("x-amz-date", time);
    all.put("x-amz-content-sha256", hash);
    credentials.sessionToken().ifPresent(token -> all.put("x-amz-security-token", token));
    SortedMap<String, String> signed = new TreeMap<>(all);
    signed.put("host", host(address));
    String signature =
        signature(credentials, scope, time, canonical(method, path, query, signed, hash));
    all.put(
        "authorization",
        ALGORITHM
            + " Credential="
            + credentials.accessKeyId()
            + "/"
            + scope.on(time.substring(0, 8))
            + ", SignedHeaders="
            + String.join(";", signed.keySet())
            + ", Signature="
            + signature);
    return all;
  }

  private static String canonical(
      String method,
      String path,
      String query,
      SortedMap<String, String> headers,
      String bodyHash) {
    StringBuilder out =
        new StringBuilder(method).append('\n').append(path).append('\n').append(query).append('\n');
    headers.forEach(
        (name, value) -> out.append(name).append(':').append(value.strip()).append('\n'));
    return out.append('\n')
        .append(String.join(";", headers.keySet()))
        .append('\n')
        .append(bodyHash)
        .toString();
  }

  private static String signature(
      AwsCredentials credentials, Scope scope, String time, String canonical) {
    String date = time.substring(0, 8);
    String toSign =
        ALGORITHM
            + "\n"
            + time
            + "\n"
            + scope.on(date)
            + "\n"
            + HEX.formatHex(sha256(bytes(canonical)));
    byte[] key = hmac(bytes("AWS4" + credentials.secretAccessKey()), date);
    key = hmac(hmac(hmac(key, scope.region), scope.service), "aws4_request");
    return HEX.formatHex(hmac(key, toSign));
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA256", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static SortedMap<String, String> lowerCase(Map<String, String> headers) {
    SortedMap<String, String> lower = new TreeMap<>();
    headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    return lower;
  }

  private static String host(URI address) {
    return address.getPort() == -1
        ? address.getHost()
        : address.getHost() + ":" + address.getPort();
  }

  /** {@code 20260102T030405Z}, without the formatter that would be the first of its process. */
  private static String time(Instant now) {
    LocalDateTime utc = LocalDateTime.ofInstant(now, ZoneOffset.UTC);
    StringBuilder out = new StringBuilder(16);
    pad(out, utc.getYear(), 4);
    pad(out, utc.getMonthValue(), 2);
    pad(out, utc.getDayOfMonth(), 2).append('T');
    pad(out, utc.getHour(), 2);
    pad(out, utc.getMinute(), 2);
    return pad(out, utc.getSecond(), 2).append('Z').toString();
  }

  private static StringBuilder pad(StringBuilder out, int number, int digits) {
    String text = Integer.toString(number);
    return out.append("0".repeat(digits - text.length())).append(text);
  }
}
