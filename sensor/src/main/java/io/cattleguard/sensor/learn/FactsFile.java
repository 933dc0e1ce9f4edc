package io.cattleguard.sensor.learn;

import io.cattleguard.models.ClusterFacts;
import io.cattleguard.models.Peers;
import io.cattleguard.models.Volumes;
import io.cattleguard.models.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The cluster's services and volumes from a file, such as of a mounted ConfigMap, which changes
 * while the sensor runs. Used by the learning thread alone.
 */
final class FactsFile implements Peers, Volumes {
  /** How often the file is checked; the kubelet takes about as long to update a ConfigMap. */
  static final Duration LOOKED_AT = Duration.ofMinutes(1);

  private final Optional<Path> file;
  private final Consumer<String> warn;
  private ClusterFacts facts = ClusterFacts.NONE;
  private String text = "";
  private String warned = "";
  private Instant next = Instant.MIN;

  FactsFile(Optional<Path> file, Consumer<String> warn) {
    this.file = file;
    this.warn = warn;
  }

  /** Reads the file again, if that is due. An unreadable file changes nothing. */
  void refresh(Instant now) {
    if (file.isEmpty() || now.isBefore(next)) {
      return;
    }
    next = now.plus(LOOKED_AT);
    Path path = file.get();
    try {
      if (Files.size(path) > ClusterFacts.LONGEST) {
        throw new IllegalArgumentException(
            "it has more than " + ClusterFacts.LONGEST + " characters");
      }
      String read = Files.readString(path);
      if (!read.equals(text)) {
        facts = ClusterFacts.parse(read);
        text = read;
      }
      warned = "";
    } catch (IOException | IllegalArgumentException e) {
      String problem = e instanceof IOException ? e.toString() : String.valueOf(e.getMessage());
      if (!problem.equals(warned)) {
        warned = problem;
        warn.accept(
            "facts of the cluster " + path + ": not read, keeping the previous ones: " + problem);
      }
    }
  }

  @Override
  public Optional<String> service(String address) {
    return facts.service(address);
  }

  @Override
  public boolean isOnVolume(Workload workload, String path) {
    return facts.isOnVolume(workload, path);
  }
}
