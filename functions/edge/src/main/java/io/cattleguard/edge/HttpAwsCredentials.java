package io.cattleguard.edge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The credentials that AWS gives a function: in its environment, or with SnapStart, where they must
 * not be in the snapshot, from an address on the machine itself.
 *
 * <p>Nothing is looked up before the first call needs it, so that a snapshot has none.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html">SnapStart and
 *     the environment</a>
 */
public final class HttpAwsCredentials implements AwsCredentials.Source {
  /** New ones are there well before the old ones end. */
  private static final Duration BEFORE_THE_END = Duration.ofMinutes(5);

  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int TRIES = 3;
  private static final String NAME = "AWS credentials";

  /** The ones of a function, a task and a pod; any other address needs TLS. */
  private static final Set<String> LOCAL =
      Set.of("127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23");

  private final Env env;
  private @Nullable AwsCredentials last;

  /** As the environment says. */
  public HttpAwsCredentials(Env env) {
    this.env = env;
  }

  @Override
  public synchronized AwsCredentials current(Instant now) {
    Optional<String> key = env.optional("AWS_ACCESS_KEY_ID");
    if (key.isPresent()) {
      return new AwsCredentials(
          key.get(),
          env.required("AWS_SECRET_ACCESS_KEY"),
          env.optional("AWS_SESSION_TOKEN"),
          Instant.MAX);
    }
    AwsCredentials known = last;
    if (known == null || !now.plus(BEFORE_THE_END).isBefore(known.expiresAt())) {
      known = fetched(known, now);
      last = known;
    }
    return known;
  }

  /** Old ones that are still good are better than none. */
  private AwsCredentials fetched(@Nullable AwsCredentials known, Instant now) {
    try {
      return fetch();
    } catch (AwsFailure e) {
      if (known != null && now.isBefore(known.expiresAt())) {
        return known;
      }
      throw e;
    }
  }

  private AwsCredentials fetch() {
    URI address = address();
    for (int attempt = 1; ; attempt++) {
      try {
        return read(get(address));
      } catch (IOException e) {
        if (attempt == TRIES) {
          throw new AwsFailure(NAME, e);
        }
      }
    }
  }

  private URI address() {
    String text =
        env.optional("AWS_CONTAINER_CREDENTIALS_FULL_URI")
            .orElseThrow(
                () ->
                    new AwsFailure(
                        NAME,
                        "neither AWS_ACCESS_KEY_ID nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
                        ""));
    URI address = URI.create(text);
    if (!"https".equals(address.getScheme())
        && !("http".equals(address.getScheme()) && LOCAL.contains(address.getHost()))) {
      throw new AwsFailure(
          NAME, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine's", "");
    }
    return address;
  }

  private byte[] get(URI address) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setInstanceFollowRedirects(false);
    Optional<String> token = token();
    if (token.isPresent()) {
      connection.setRequestProperty("Authorization", token.get());
    }
    if (connection.getResponseCode() != 200) {
      throw new IOException("answered " + connection.getResponseCode());
    }
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }

  private Optional<String> token() throws IOException {
    Optional<String> file = env.optional("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    return file.isPresent()
        ? Optional.of(Files.readString(Path.of(file.get())).strip())
        : env.optional("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  }

  private static AwsCredentials read(byte[] answer) throws IOException {
    JsonNode json = Json.MAPPER.readTree(answer);
    String key = json.path("AccessKeyId").asText();
    String secret = json.path("SecretAccessKey").asText();
    if (key.isEmpty() || secret.isEmpty()) {
      throw new IOException("answered without a key");
    }
    try {
      return new AwsCredentials(
          key,
          secret,
          Optional.of(json.path("Token").asText()).filter(token -> !token.isEmpty()),
          json.has("Expiration") ? Instant.parse(json.path("Expiration").asText()) : Instant.MAX);
    } catch (DateTimeParseException e) {
      throw new IOException("answered with an Expiration that is no time", e);
    }
  }
}
