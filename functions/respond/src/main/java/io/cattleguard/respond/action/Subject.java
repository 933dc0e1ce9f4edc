package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** The exact object of an action, as read before the action. */
public interface Subject {
  /** The unique id in the ledger; never reused by another object. */
  String uid();

  /** The exact object, as text. */
  String inWords();

  /** The owner that shares a workload budget, shown to people. */
  String workload();

  /** The scope of a namespace budget: a namespace, a VPC, a security group. */
  String neighbourhood();

  /** The node on which it runs, if it runs on one. */
  default Optional<String> onNode() {
    return Optional.empty();
  }

  /** What the action needs to verify and undo, for the ledger. The action reads it back. */
  ObjectNode toJson();
}
