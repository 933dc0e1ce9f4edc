package io.cattleguard.sources;

import io.cattleguard.events.Alert;
import io.cattleguard.sources.falco.FalcoParser;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** An alert of every published rule of Falco and of GuardDuty's finding types. */
public final class PublishedRules {
  private PublishedRules() {}

  /** Falco's rules, as the first alert of a container would name them. */
  public static List<Alert> falco() {
    return lines(FalcoParser.class, "rules.txt").stream()
        .map(line -> line.split(" *\\| *", -1))
        .map(
            column ->
                new FalcoEvent(column[0], column[2], column[3].split(" +", -1))
                    .source(column[1])
                    .process("app", "/usr/bin/app", "app", "sh")
                    .field("k8s.ns.name", "shop")
                    .field("k8s.pod.name", "web-7c8d9f5b6d-x2x4k")
                    .read())
        .toList();
  }

  /** GuardDuty's types, each with the highest severity that it may have. */
  public static List<Alert> guardDuty() {
    return lines(PublishedRules.class, "guardduty-types.txt").stream()
        .map(line -> line.split(" +", -1))
        .map(column -> guardDuty(column[0], column[1]))
        .toList();
  }

  /** A finding of that type, of an instance. */
  public static Alert guardDuty(String type, String severity) {
    return read(
        """
        {"schemaVersion":"2.0","accountId":"111122223333","region":"eu-central-1",
         "id":"0ec5a9f2c1d34b7a8d1f0b6c5e4a3b21","type":"%s","severity":%s,
         "updatedAt":"2026-03-02T09:15:00Z",
         "resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-0123456789abcdef0"}},
         "service":{"serviceName":"guardduty","eventLastSeen":"2026-03-02T09:14:00Z"}}
        """
            .formatted(type, severity));
  }

  private static Alert read(String event) {
    Reading reading = new AlertReader().read(event, new Origin(null, Instant.EPOCH));
    return reading instanceof Reading.Read read ? read.alert() : failed(event, reading);
  }

  private static Alert failed(String event, Reading reading) {
    throw new IllegalStateException(event + " is " + reading);
  }

  private static List<String> lines(Class<?> beside, String resource) {
    try (InputStream in = beside.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n"))
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
