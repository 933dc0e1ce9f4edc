package io.cattleguard.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Where a service of AWS is in a region, and how it is asked: signed, and again where it was busy.
 *
 * <p>Not AWS's SDK, because loading that takes longer than all the rest of a function's first
 * batch; RATIONALE.md has the figures.
 */
public final class HttpAwsEndpoint {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int READ_MILLIS = 8_000;
  private static final long FIRST_PAUSE_MILLIS = 50;

  /** AWS's codes for "later"; whatever is 429 or from 500 on says so by its status. */
  private static final Set<String> LATER =
      Set.of(
          "ThrottlingException",
          "ThrottledException",
          "Throttling",
          "RequestThrottled",
          "RequestThrottledException",
          "RequestLimitExceeded",
          "TooManyRequestsException",
          "ProvisionedThroughputExceededException",
          "TransactionInProgressException",
          "IDPCommunicationError");

  private final String name;
  private final URI address;
  private final SignatureV4.Scope scope;
  private final AwsCredentials.Source credentials;
  private final InstantSource clock;
  private final LongConsumer pauseMillis;

  /**
   * At an address.
   *
   * @param name the service's, for people
   * @param pauseMillis waits between attempts; jitter is its business
   */
  public HttpAwsEndpoint(
      String name,
      URI address,
      SignatureV4.Scope scope,
      AwsCredentials.Source credentials,
      InstantSource clock,
      LongConsumer pauseMillis) {
    this.name = name;
    this.address = address;
    this.scope = scope;
    this.credentials = credentials;
    this.clock = clock;
    this.pauseMillis = pauseMillis;
  }

  /**
   * Where the service is: as {@code AWS_ENDPOINT_URL_<NAME>} or {@code AWS_ENDPOINT_URL} say, else
   * in {@code AWS_REGION}.
   *
   * @param name DynamoDB, EventBridge, STS
   * @param host its part of the host's name, and its name in signatures
   */
  public static HttpAwsEndpoint of(
      String name, String host, Env env, AwsCredentials.Source credentials, InstantSource clock) {
    SignatureV4.Scope scope = new SignatureV4.Scope(env.required("AWS_REGION"), host);
    Optional<URI> elsewhere =
        env.optional("AWS_ENDPOINT_URL_" + name.toUpperCase(Locale.ROOT))
            .or(() -> env.optional("AWS_ENDPOINT_URL"))
            .map(URI::create);
    return new HttpAwsEndpoint(
        name,
        elsewhere.orElseGet(scope::address),
        scope,
        credentials,
        clock,
        HttpAwsEndpoint::pause);
  }

  /** The service's name, for people. */
  public String name() {
    return name;
  }

  /** An answer, whatever its status. */
  public record Answer(int status, String errorType, String body) {}

  /**
   * Posts, up to so many times: again where nobody answered, or somebody says that it was too much.
   *
   * @param codeOf finds AWS's error code in an answer that is not 200
   * @throws AwsFailure where the last attempt has no answer or one that is not 200
   */
  public String post(
      Map<String, String> headers, byte[] body, int attempts, Function<Answer, String> codeOf) {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++, pause *= 3) {
      try {
        Answer answer = once(headers, body);
        if (answer.status == 200) {
          return answer.body;
        }
        String code = codeOf.apply(answer);
        boolean later = answer.status >= 500 || answer.status == 429 || LATER.contains(code);
        if (!later || attempt == attempts) {
          throw new AwsFailure(name, code, answer.body);
        }
      } catch (IOException e) {
        if (attempt == attempts) {
          throw new AwsFailure(name, e);
        }
      }
      pauseMillis.accept(pause);
    }
  }

  /**
   * Gets what is at a path, once.
   *
   * @param path with its query, as it is to be sent
   * @throws AwsFailure where there is no answer or one that is not 200, by its error type
   */
  public String get(String path) {
    URI at = address.resolve(path);
    Instant now = clock.instant();
    try {
      HttpURLConnection connection = open(at, "GET");
      SignatureV4.signed(credentials.current(now), scope, at, now)
          .forEach(connection::setRequestProperty);
      Answer answer = read(connection);
      if (answer.status == 200) {
        return answer.body;
      }
      String code = answer.errorType.replaceFirst(":.*", "");
      throw new AwsFailure(name, code.isEmpty() ? "HTTP " + answer.status : code, answer.body);
    } catch (IOException e) {
      throw new AwsFailure(name, e);
    }
  }

  private static HttpURLConnection open(URI address, String method) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    return connection;
  }

  private Answer once(Map<String, String> headers, byte[] body) throws IOException {
    Instant now = clock.instant();
    HttpURLConnection connection = open(address, "POST");
    connection.setDoOutput(true);
    // Streaming also keeps Java from sending it twice by itself.
    connection.setFixedLengthStreamingMode(body.length);
    SignatureV4.signed(credentials.current(now), scope, address, headers, body, now)
        .forEach(connection::setRequestProperty);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    return read(connection);
  }

  private static Answer read(HttpURLConnection connection) throws IOException {
    int status = connection.getResponseCode();
    String type = connection.getHeaderField("x-amzn-ErrorType");
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(status, type == null ? "" : type, text);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(millis + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
