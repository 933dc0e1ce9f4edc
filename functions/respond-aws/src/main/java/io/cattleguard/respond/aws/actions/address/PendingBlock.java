package io.cattleguard.respond.aws.actions.address;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.aws.blocklist.AddressBlock;
import io.cattleguard.respond.aws.blocklist.ListArn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a verification needs to know about an address that is being blocked.
 *
 * @param block the entry, with the lists to which the action adds it
 * @param lists every list that must show the entry
 * @param denied why a list does not get it
 * @param leftOut why lists were left out from the start, for people
 * @param unseen the parts that could not be read, for people
 */
record PendingBlock(
    AddressBlock block,
    List<ListArn> lists,
    Map<ListArn, String> denied,
    String leftOut,
    String unseen) {
  private static final String BLOCK = "block";
  private static final String ALL = "all";
  private static final String DENIED = "denied";
  private static final String LEFT_OUT = "leftOut";
  private static final String UNSEEN = "unseen";

  static PendingBlock read(JsonNode state) {
    Map<ListArn, String> denied = new LinkedHashMap<>();
    state
        .path(DENIED)
        .properties()
        .forEach(
            one ->
                ListArn.read(one.getKey())
                    .ifPresent(arn -> denied.put(arn, one.getValue().asText())));
    List<ListArn> lists = new ArrayList<>();
    state.path(ALL).forEach(one -> ListArn.read(one.asText()).ifPresent(lists::add));
    return new PendingBlock(
        AddressBlock.read(state.path(BLOCK)),
        lists,
        denied,
        state.path(LEFT_OUT).asText(),
        state.path(UNSEEN).asText());
  }

  /** The next verification, and the outcome if there is none. */
  Progress progress() {
    ObjectNode state =
        JsonNodeFactory.instance.objectNode().put(LEFT_OUT, leftOut).put(UNSEEN, unseen);
    state.set(BLOCK, block.toJson());
    ArrayNode all = state.putArray(ALL);
    lists.forEach(one -> all.add(one.arn()));
    ObjectNode no = state.putObject(DENIED);
    denied.forEach((arn, why) -> no.put(arn.arn(), why));
    return new Progress.Pending(
        state,
        new Progress.Done(
            ResponseOutcome.FAILED,
            "not every list shows the entry"
                + (denied.isEmpty() ? "" : "; not in " + inWords(denied)),
            !block.lists().isEmpty()));
  }

  /** The lists that do not get the entry, each with the reason. */
  static String inWords(Map<ListArn, String> denied) {
    return denied.entrySet().stream()
        .map(one -> one.getKey().inWords() + " (" + one.getValue() + ")")
        .collect(Collectors.joining(", "));
  }
}
