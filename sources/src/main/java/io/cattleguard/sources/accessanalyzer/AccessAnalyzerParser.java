package io.cattleguard.sources.accessanalyzer;

import static io.cattleguard.sources.parsing.FieldValue.or;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.parsing.AlertDraft;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads IAM Access Analyzer's findings from EventBridge, and as its API writes them.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html">Monitoring
 *     with EventBridge</a>
 */
public final class AccessAnalyzerParser implements AlertParser {
  private static final String SOURCE = "aws.access-analyzer";
  private static final String EXTERNAL = "ExternalAccess";

  @Override
  public String source() {
    return "access-analyzer";
  }

  @Override
  public boolean recognises(JsonNode event) {
    return (event.path("source").asText("").equals(SOURCE) && event.path("detail").has("status"))
        || (event.has("analyzedAt") && event.has("resourceType") && event.has("status"));
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    Fields envelope = Fields.of(event);
    Fields finding = event.has("detail-type") ? envelope.object("detail") : envelope;
    String status = finding.word("status");
    if (finding.isTrue("isDeleted") || !status.equals("ACTIVE")) {
      String why = finding.isTrue("isDeleted") ? "deleted" : status.toLowerCase(Locale.ROOT);
      return new Reading.Ignored(
          "an Access Analyzer finding that is " + HostileText.visible(why, 40));
    }
    String id = finding.text("id");
    if (id == null) {
      return new Reading.Unreadable("an Access Analyzer finding without an id");
    }
    String type = Objects.requireNonNullElse(finding.text("findingType"), EXTERNAL);
    boolean isPublic = finding.isTrue("isPublic");
    String principal = principal(finding);
    return new AlertDraft(source(), origin, raw, envelope.notes())
        .identity(id + "/" + finding.word("updatedAt"))
        .alertClass(AlertClass.CONFIGURATION)
        .rule(type)
        .severity(severity(type, isPublic))
        .target(
            Target.builder()
                .account(
                    or(
                        finding.id("resourceOwnerAccount"),
                        or(finding.id("accountId"), envelope.id("account"))))
                .region(or(finding.text("region"), envelope.text("region")))
                .principal(isPublic ? null : principal)
                .resource(finding.text("resource")))
        .observedAt(observedAt(finding, envelope))
        .title(title(finding, type, isPublic, principal))
        .read();
  }

  /** Access Analyzer reports no severity: public access is worse than unused access. */
  private static Severity severity(String type, boolean isPublic) {
    if (isPublic) {
      return Severity.HIGH;
    }
    return type.startsWith("Unused") ? Severity.LOW : Severity.MEDIUM;
  }

  /** The only principal that has access; empty if there are several. */
  private static @Nullable String principal(Fields finding) {
    Map<String, String> principals = finding.object("principal").strings();
    return principals.size() == 1 ? principals.values().iterator().next() : null;
  }

  private static @Nullable String title(
      Fields finding, String type, boolean isPublic, @Nullable String principal) {
    String resource = finding.text("resourceType");
    if (resource == null || !type.equals(EXTERNAL)) {
      return resource;
    }
    String others = principal == null ? "others" : principal;
    return resource + " is open to " + (isPublic ? "everybody" : others);
  }

  private static @Nullable Instant observedAt(Fields finding, Fields envelope) {
    Instant read = finding.time("updatedAt", "analyzedAt", "createdAt");
    return read == null ? envelope.time("time") : read;
  }
}
