package io.cattleguard.route.s3;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.DestinationType;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of a bucket, which gets OCSF.
 *
 * @param prefix of every key, ends with a slash or is empty
 * @param account the account that owns the bucket; writes to another one's bucket fail
 */
public record S3Settings(String name, Setting bucket, String prefix, Optional<String> account)
    implements DestinationSettings {
  public static final DestinationType TYPE = new DestinationType("s3", S3Settings::read);

  private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9][A-Za-z0-9=._-]{0,99}/){0,8}");
  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");

  private static S3Settings read(String name, PolicyNode node) {
    PolicyNode.Mapping mapping =
        node.mapping("name", "type", "bucket", "bucket-from", "prefix", "account");
    Optional<PolicyNode> prefix = mapping.optional("prefix");
    prefix
        .filter(one -> !PREFIX.matcher(one.text()).matches())
        .ifPresent(
            one -> {
              throw one.wrong(
                  "a prefix has parts of A-Z, a-z, 0-9, '=', '.', '_' and '-', each with a slash at"
                      + " its end, such as security/cattleguard/");
            });
    Optional<PolicyNode> account = mapping.optional("account");
    account
        .filter(one -> !ACCOUNT.matcher(one.text()).matches())
        .ifPresent(
            one -> {
              throw one.wrong("an account has 12 digits; quote it");
            });
    return new S3Settings(
        name,
        Setting.read(node, mapping, "bucket"),
        prefix.map(PolicyNode::text).orElse("cattleguard/"),
        account.map(PolicyNode::text));
  }

  @Override
  public String type() {
    return TYPE.name();
  }

  @Override
  public List<Setting> needs() {
    return List.of(bucket);
  }

  @Override
  public boolean isReadByPeople() {
    return false;
  }

  @Override
  public Destination open(Secrets secrets, Conversations conversations) {
    return new S3Destination(this, secrets);
  }

  @Override
  public String body(Delivery delivery) {
    return LakeObject.of(delivery.notice(), prefix).line();
  }
}
