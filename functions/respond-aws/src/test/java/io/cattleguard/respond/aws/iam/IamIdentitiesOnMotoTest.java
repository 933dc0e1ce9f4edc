package io.cattleguard.respond.aws.iam;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.events.TakesLong;
import io.cattleguard.respond.aws.ec2.MotoServer;
import io.cattleguard.respond.aws.identity.IdentitiesContract;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.Tag;

/** Runs the contract with moto's IAM. */
@TakesLong
final class IamIdentitiesOnMotoTest extends IdentitiesContract {
  private static final String TRUST =
      """
      {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"Service": "lambda.amazonaws.com"}}]}
      """;

  private static final String NOTHING =
      """
      {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
      """;

  private static MotoServer moto;
  private static AwsClients aws;
  private static IamClient iam;
  private static int made;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    moto = MotoServer.start();
    aws = moto.aws();
    iam = aws.build("IAM", IamClient.builder());
  }

  @AfterAll
  static void stop() {
    if (moto != null) {
      moto.close();
    }
  }

  private static String key(String user) {
    return iam.createAccessKey(request -> request.userName(user)).accessKey().accessKeyId();
  }

  @Override
  protected World world() {
    made++;
    String user = "build-" + made;
    Tag allowed = Tag.builder().key("cattleguard:respond").value("allowed").build();
    iam.createUser(request -> request.userName(user).path("/ci/").tags(allowed));
    String role = "deploy-" + made;
    iam.createRole(request -> request.roleName(role).assumeRolePolicyDocument(TRUST).tags(allowed));
    String policy =
        iam.createPolicy(
                request ->
                    request
                        .policyName("AmazonEKSWorkerNodePolicy")
                        .path("/" + role + "/")
                        .policyDocument(NOTHING))
            .policy()
            .arn();
    iam.attachRolePolicy(request -> request.roleName(role).policyArn(policy));
    return new World(IamIdentities.of(aws), user, key(user), key(user), "AKIDEXAMPLE", role);
  }
}
