package io.cattleguard.respond.aws.ec2;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.aws.api.Refused;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.ec2.model.GroupIdentifier;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceNetworkInterface;
import software.amazon.awssdk.services.ec2.model.InstanceState;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.IpRange;
import software.amazon.awssdk.services.ec2.model.NetworkInterface;
import software.amazon.awssdk.services.ec2.model.Reservation;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;
import software.amazon.awssdk.services.ec2.model.SecurityGroupRule;
import software.amazon.awssdk.services.ec2.model.Snapshot;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.Volume;

/**
 * Warm-up: makes each call of {@link Ec2Calls} once against an empty response in memory, so that
 * the snapshot holds the SDK's classes. It uses no network and keeps no state.
 */
public final class Ec2Rehearsal {
  private static final String ID = "rehearsal";

  /**
   * Not a valid EC2 response, so every call finds it incomplete, but it loads and runs the XML
   * parser.
   */
  private static final byte[] ANSWER =
      "<rehearsal><item><id>1</id></item></rehearsal>".getBytes(StandardCharsets.UTF_8);

  private Ec2Rehearsal() {}

  /** A call whose answer is not read. */
  private interface Call {
    void run() throws Refused;
  }

  public static void play() {
    Ec2Calls ec2 =
        Ec2Calls.of(
            AwsClients.of(name -> Optional.empty())
                .in("eu-central-1")
                .as(StaticCredentialsProvider.create(AwsBasicCredentials.create(ID, ID)))
                .over(new SameAnswers()));
    IpPermission permission =
        IpPermission.builder()
            .ipProtocol("tcp")
            .fromPort(22)
            .toPort(22)
            .ipRanges(IpRange.builder().cidrIp("192.0.2.1/32").description(ID).build())
            .build();
    call(() -> ec2.instances(ID));
    call(() -> ec2.interfaces(ID, ID));
    call(() -> ec2.groups(ID));
    call(() -> ec2.rules(ID));
    call(() -> ec2.setGroups(ID, List.of(ID)));
    call(() -> ec2.revoke(ID, permission));
    call(() -> ec2.authorize(ID, permission));
    call(() -> ec2.volumes(ID));
    call(() -> ec2.snapshots(Map.of(ID, ID)));
    call(() -> ec2.takeSnapshots(ID, Map.of(ID, ID)));
    initialize(
        Reservation.builder(),
        Instance.builder(),
        InstanceState.builder(),
        InstanceNetworkInterface.builder(),
        NetworkInterface.builder(),
        GroupIdentifier.builder(),
        SecurityGroup.builder(),
        SecurityGroupRule.builder(),
        Snapshot.builder(),
        Volume.builder(),
        permission,
        Tag.builder());
  }

  private static void call(Call call) {
    try {
      call.run();
    } catch (Unavailable e) {
      // A response without EC2's elements is always incomplete.
      return;
    } catch (Refused e) {
      throw new IllegalStateException("nothing in memory refuses", e);
    }
    throw new IllegalStateException("an empty answer was taken for a whole one");
  }

  /** Their static initialisers take half of the time of parsing a first response. */
  private static void initialize(SdkPojo... answers) {
    for (SdkPojo answer : answers) {
      if (answer.sdkFields().isEmpty()) {
        throw new IllegalStateException(answer.getClass() + " has no fields");
      }
    }
  }

  /** Answers each request with success and {@link #ANSWER}. */
  private static final class SameAnswers implements SdkHttpClient {
    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() {
          return HttpExecuteResponse.builder()
              .response(SdkHttpResponse.builder().statusCode(200).build())
              .responseBody(AbortableInputStream.create(new ByteArrayInputStream(ANSWER)))
              .build();
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }
}
