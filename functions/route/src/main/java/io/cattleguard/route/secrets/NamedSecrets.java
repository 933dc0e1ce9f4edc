package io.cattleguard.route.secrets;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.route.Secrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The secrets that {@code routes.yaml} names. The secret {@code NAME} is the value of the variable
 * {@code NAME}, the content of the file that {@code NAME_FILE} names, or the secret or parameter in
 * AWS whose ARN is in {@code NAME_SECRET_ARN}.
 *
 * <p>A value from AWS is kept for five minutes, and is read again after a destination refused it.
 * While AWS does not answer, a value that was read before is used.
 */
public final class NamedSecrets implements Secrets {
  static final String FILE = "_FILE";
  static final String ARN = "_SECRET_ARN";

  /** How long a value from AWS is cached. */
  static final Duration FRESH = Duration.ofMinutes(5);

  /** Minimum time between two reads of a value, however often a destination refuses it. */
  static final Duration BETWEEN_REFUSALS = Duration.ofSeconds(30);

  private static final int LARGEST_FILE = 64 * 1024;

  private final Function<String, Optional<String>> environment;
  private final Function<SecretArn, String> stored;
  private final InstantSource clock;
  private final Consumer<String> trouble;
  private final Map<String, Read> known = new HashMap<>();

  /** A value, and the time at which it was read, or at which a further read failed. */
  private record Read(String value, Instant at) {}

  /**
   * Reads by these variables. It calls AWS only when a secret with an ARN is asked for.
   *
   * @param environment returns a variable's value; empty if it is not set
   * @param trouble receives the reason why a secret cannot be read
   */
  public NamedSecrets(
      Function<String, Optional<String>> environment,
      InstantSource clock,
      Consumer<String> trouble) {
    this(
        environment,
        arn -> new StoredSecrets(AwsClients.of(environment)).read(arn),
        clock,
        trouble);
  }

  NamedSecrets(
      Function<String, Optional<String>> environment,
      Function<SecretArn, String> stored,
      InstantSource clock,
      Consumer<String> trouble) {
    this.environment = environment;
    this.stored = stored;
    this.clock = clock;
    this.trouble = trouble;
  }

  /**
   * The secret, or empty if it is not set.
   *
   * @throws Unavailable if it is set and cannot be read
   */
  @Override
  public Optional<String> named(String name) {
    Optional<String> value = environment.apply(name);
    if (value.isPresent()) {
      return value;
    }
    Optional<String> file = environment.apply(name + FILE);
    if (file.isPresent()) {
      return Optional.of(ofFile(name, file.get()));
    }
    return environment.apply(name + ARN).map(arn -> ofArn(name, arn.strip()));
  }

  @Override
  public boolean isSet(String name) {
    return List.of("", FILE, ARN).stream()
        .anyMatch(
            suffix ->
                environment.apply(name + suffix).filter(value -> !value.isBlank()).isPresent());
  }

  /** Reads every value from AWS again that is older than half a minute, because one was refused. */
  public synchronized void refused() {
    Instant newest = clock.instant().minus(BETWEEN_REFUSALS);
    known.replaceAll(
        (arn, read) -> read.at().isAfter(newest) ? read : new Read(read.value(), Instant.EPOCH));
  }

  private String ofFile(String name, String path) {
    try {
      Path file = Path.of(path);
      if (Files.size(file) > LARGEST_FILE) {
        throw unavailable(name, FILE, "the file is too large");
      }
      String value = Files.readString(file, StandardCharsets.UTF_8).strip();
      if (value.isEmpty()) {
        throw unavailable(name, FILE, "the file is empty");
      }
      return value;
    } catch (IOException | InvalidPathException e) {
      throw unavailable(name, FILE, e.getClass().getSimpleName());
    }
  }

  private synchronized String ofArn(String name, String text) {
    Instant now = clock.instant();
    Read before = known.get(text);
    if (before != null && now.isBefore(before.at().plus(FRESH))) {
      return before.value();
    }
    try {
      SecretArn arn =
          SecretArn.parse(text)
              .orElseThrow(
                  () ->
                      new Unavailable(
                          "not the ARN of a secret of Secrets Manager or of a parameter"));
      String value = stored.apply(arn).strip();
      if (value.isEmpty()) {
        throw new Unavailable("it is empty");
      }
      known.put(text, new Read(value, now));
      return value;
    } catch (Unavailable e) {
      if (before == null) {
        throw unavailable(name, ARN, String.valueOf(e.getMessage()));
      }
      trouble.accept(told(name, ARN, e.getMessage() + "; the value that was read before is used"));
      known.put(text, new Read(before.value(), now.minus(FRESH).plus(BETWEEN_REFUSALS)));
      return before.value();
    }
  }

  private Unavailable unavailable(String name, String suffix, String why) {
    String told = told(name, suffix, why);
    trouble.accept(told);
    return new Unavailable(told);
  }

  private static String told(String name, String suffix, String why) {
    return "cannot read the secret that " + name + suffix + " names: " + why;
  }
}
