package io.cattleguard.respond.kubernetes.eks;

import io.cattleguard.edge.AwsCredentials;
import io.cattleguard.edge.AwsFailure;
import io.cattleguard.edge.HttpAwsEndpoint;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a role in another account, which STS hands out to us.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html">AssumeRole</a>
 */
public final class HttpAssumedRole implements AwsCredentials.Source {
  /** What the other account's CloudTrail names us. */
  private static final String SESSION = "cattleguard-respond";

  private static final Duration BEFORE_THE_END = Duration.ofMinutes(5);
  private static final int ATTEMPTS = 3;

  private final HttpAwsEndpoint sts;
  private final String role;
  private final Optional<String> externalId;
  private @Nullable AwsCredentials last;

  /** Of that role. */
  public HttpAssumedRole(HttpAwsEndpoint sts, String role, Optional<String> externalId) {
    this.sts = sts;
    this.role = role;
    this.externalId = externalId;
  }

  @Override
  public synchronized AwsCredentials current(Instant now) {
    AwsCredentials known = last;
    if (known != null && now.plus(BEFORE_THE_END).isBefore(known.expiresAt())) {
      return known;
    }
    try {
      AwsCredentials assumed = assume();
      last = assumed;
      return assumed;
    } catch (AwsFailure e) {
      if (known != null && now.isBefore(known.expiresAt())) {
        return known;
      }
      throw e;
    }
  }

  private AwsCredentials assume() {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("Action", "AssumeRole");
    form.put("Version", "2011-06-15");
    form.put("RoleArn", role);
    form.put("RoleSessionName", SESSION);
    externalId.ifPresent(id -> form.put("ExternalId", id));
    String body =
        form.entrySet().stream()
            .map(
                field ->
                    field.getKey()
                        + "="
                        + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    String answer =
        sts.post(
            Map.of("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            body.getBytes(StandardCharsets.UTF_8),
            ATTEMPTS,
            HttpAssumedRole::code);
    return credentials(answer);
  }

  /** What comes of another account than the role's is not what was asked for. */
  private AwsCredentials credentials(String answer) {
    String account = ClusterAddress.account(role);
    if (!element(answer, "Arn").orElse("").contains("::" + account + ":assumed-role/")) {
      throw new AwsFailure(sts.name(), "an answer that is not of account " + account, "");
    }
    try {
      return new AwsCredentials(
          element(answer, "AccessKeyId").orElseThrow(this::noCredentials),
          element(answer, "SecretAccessKey").orElseThrow(this::noCredentials),
          element(answer, "SessionToken"),
          Instant.parse(element(answer, "Expiration").orElseThrow(this::noCredentials)));
    } catch (DateTimeParseException e) {
      throw noCredentials();
    }
  }

  private AwsFailure noCredentials() {
    return new AwsFailure(sts.name(), "an answer without credentials", "");
  }

  private static String code(HttpAwsEndpoint.Answer answer) {
    return element(answer.body(), "Code").orElse("HTTP " + answer.status());
  }

  /** Keys, tokens, times and ARNs have no character that XML would write in another way. */
  private static Optional<String> element(String xml, String name) {
    Matcher matcher = Pattern.compile("<" + name + ">([^<>&]+)</" + name + ">").matcher(xml);
    return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
  }
}
