package io.cattleguard.respond;

import io.cattleguard.aws.AwsClients;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Makes each call of {@link Ec2Network} once against answers in memory, so that the snapshot holds
 * the SDK's classes. It reaches no network and keeps nothing.
 */
final class Ec2Rehearsal {
  private static final String REGION = "eu-central-1";
  private static final String ANSWER =
      "<a><requestId>r</requestId><return>true</return><reservationSet/><securityGroupInfo/></a>";

  private Ec2Rehearsal() {}

  static void play() {
    Network network =
        Ec2Network.of(
            AwsClients.of(name -> Optional.empty())
                .as(StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none")))
                .over(new InMemory()),
            REGION,
            Map.of());
    IngressRule rule =
        new IngressRule(
            "111122223333",
            REGION,
            "sg-1",
            "sgr-1",
            "tcp",
            22,
            22,
            "192.0.2.1/32",
            Optional.empty());
    boolean nothing =
        network.instance("i-1").isEmpty()
            && network.group("sg-1").isEmpty()
            && network.setGroups(
                    new Instance.Interface("eni-1", "vpc-1", true, Map.of(), List.of()),
                    List.of("sg-1"))
                instanceof Network.Change.Made
            && network.revoke(rule) instanceof Network.Change.Made
            && network.authorize(rule) instanceof Network.Change.Made;
    if (!nothing) {
      throw new IllegalStateException("the answers in memory were not read");
    }
  }

  /** Gives every request the same empty answer. */
  private static final class InMemory implements SdkHttpClient {
    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
      return new ExecutableHttpRequest() {
        @Override
        public HttpExecuteResponse call() throws IOException {
          if (request.contentStreamProvider().isPresent()) {
            try (InputStream body = request.contentStreamProvider().get().newStream()) {
              body.transferTo(java.io.OutputStream.nullOutputStream());
            }
          }
          return HttpExecuteResponse.builder()
              .response(SdkHttpResponse.builder().statusCode(200).build())
              .responseBody(
                  AbortableInputStream.create(
                      new ByteArrayInputStream(ANSWER.getBytes(StandardCharsets.UTF_8))))
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
