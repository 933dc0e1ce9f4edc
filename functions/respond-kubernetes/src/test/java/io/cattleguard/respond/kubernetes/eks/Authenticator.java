package io.cattleguard.respond.kubernetes.eks;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies a token as an EKS cluster and STS do: by the rules of aws-iam-authenticator, and by the
 * signature of the same request, computed here.
 *
 * @param secrets what STS knows, by access key
 */
public record Authenticator(String cluster, String region, Map<String, String> secrets) {
  private static final Set<String> PARAMETERS =
      Set.of(
          "action",
          "version",
          "x-amz-algorithm",
          "x-amz-credential",
          "x-amz-date",
          "x-amz-expires",
          "x-amz-security-token",
          "x-amz-signature",
          "x-amz-signedheaders");
  private static final String EMPTY_BODY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

  /** The reason for its rejection; empty if the token is valid. */
  public Optional<String> objection(String token, Instant now) {
    if (token.length() > 4_096 || !token.startsWith("k8s-aws-v1.")) {
      return Optional.of("no token of EKS");
    }
    String body = token.substring("k8s-aws-v1.".length());
    if (body.contains("=")) {
      return Optional.of("padded");
    }
    URI question =
        URI.create(new String(Base64.getUrlDecoder().decode(body), StandardCharsets.UTF_8));
    if (!"https".equals(question.getScheme())
        || !question.getHost().equals("sts." + region + ".amazonaws.com")
        || !question.getPath().equals("/")) {
      return Optional.of("not a question to STS");
    }
    Map<String, String> parameters = parameters(question);
    for (String name : parameters.keySet()) {
      if (!PARAMETERS.contains(name.toLowerCase(java.util.Locale.ROOT))) {
        return Optional.of("parameter " + name);
      }
    }
    if (!"GetCallerIdentity".equals(parameters.get("Action"))) {
      return Optional.of("another question");
    }
    if (!"host;x-k8s-aws-id".equals(parameters.get("X-Amz-SignedHeaders"))) {
      return Optional.of("not signed for a cluster");
    }
    int expires = Integer.parseInt(String.valueOf(parameters.get("X-Amz-Expires")));
    if (expires < 0 || expires > 900) {
      return Optional.of("expires after " + expires + " s");
    }
    Instant at =
        LocalDateTime.parse(String.valueOf(parameters.get("X-Amz-Date")), DATE)
            .toInstant(ZoneOffset.UTC);
    if (now.isAfter(at.plus(Duration.ofMinutes(15)))) {
      return Optional.of("expired");
    }
    return signature(question, parameters).equals(parameters.get("X-Amz-Signature"))
        ? Optional.empty()
        : Optional.of("the signature is wrong");
  }

  /**
   * As AWS describes it, step by step.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create
   *     a signed request</a>
   */
  private String signature(URI question, Map<String, String> parameters) {
    String credential = String.valueOf(parameters.get("X-Amz-Credential"));
    String key = credential.split("/", 2)[0];
    String scope = credential.substring(key.length() + 1);
    String date = scope.split("/", 2)[0];
    if (!scope.equals(date + "/" + region + "/sts/aws4_request")) {
      return "signed for " + scope;
    }
    Map<String, String> signed = new TreeMap<>(parameters);
    signed.remove("X-Amz-Signature");
    String query =
        signed.entrySet().stream()
            .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
            .collect(Collectors.joining("&"));
    // The cluster inserts its own name there.
    String canonical =
        "GET\n/\n"
            + query
            + "\nhost:"
            + question.getHost()
            + "\nx-k8s-aws-id:"
            + cluster
            + "\n\nhost;x-k8s-aws-id\n"
            + EMPTY_BODY;
    byte[] hash = ("AWS4" + secrets.getOrDefault(key, "nobody's")).getBytes(StandardCharsets.UTF_8);
    for (String part : List.of(date, region, "sts", "aws4_request")) {
      hash = hmac(hash, part);
    }
    String time = String.valueOf(parameters.get("X-Amz-Date"));
    return HexFormat.of()
        .formatHex(
            hmac(hash, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + sha256(canonical)));
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static Map<String, String> parameters(URI address) {
    Map<String, String> parameters = new TreeMap<>();
    for (String parameter : address.getRawQuery().split("&", -1)) {
      int equals = parameter.indexOf('=');
      parameters.put(
          parameter.substring(0, equals),
          URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }
}
