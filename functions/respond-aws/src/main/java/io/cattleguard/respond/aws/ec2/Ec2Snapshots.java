package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import io.cattleguard.respond.aws.network.Network.Change;
import io.cattleguard.respond.aws.storage.Snapshots;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Real snapshots, through the EC2 API. */
public final class Ec2Snapshots implements Snapshots {
  private static final Set<String> NO_INSTANCE =
      Set.of("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed");

  private final Ec2Calls ec2;

  Ec2Snapshots(Ec2Calls ec2) {
    this.ec2 = ec2;
  }

  /** Uses a client that these clients create. */
  public static Ec2Snapshots of(AwsClients aws) {
    return new Ec2Snapshots(Ec2Calls.of(aws));
  }

  @Override
  public List<String> volumes(String instance) {
    try {
      return ec2.volumes(instance).stream().map(one -> text(one.volumeId())).toList();
    } catch (Refused e) {
      throw new Unavailable("EC2 rejected the call: " + e.code(), e);
    }
  }

  @Override
  public List<Snapshot> taken(String instance, String evidence) {
    try {
      return ec2.snapshots(tags(instance, evidence)).stream()
          .map(
              one ->
                  new Snapshot(
                      text(one.snapshotId()),
                      text(one.volumeId()),
                      startedAt(one.startTime()),
                      text(one.stateAsString())))
          .toList();
    } catch (Refused e) {
      throw new Unavailable("EC2 rejected the call: " + e.code(), e);
    }
  }

  @Override
  public Change take(String instance, String evidence) {
    try {
      ec2.takeSnapshots(instance, tags(instance, evidence));
      return new Change.Made();
    } catch (Refused e) {
      return NO_INSTANCE.contains(e.code()) ? new Change.Gone() : new Change.Denied(e.code());
    }
  }

  private static Map<String, String> tags(String instance, String evidence) {
    return Map.of(EVIDENCE, evidence, INSTANCE, instance);
  }

  private static Instant startedAt(@Nullable Instant time) {
    if (time == null) {
      throw new Unavailable("EC2 shows a snapshot without its start time");
    }
    return time;
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}
