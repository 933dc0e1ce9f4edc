package io.cattleguard.events;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Marks a test that takes seconds; CI runs it with {@code -Dcattleguard.long=true}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@EnabledIfSystemProperty(
    named = TakesLong.PROPERTY,
    matches = "true",
    disabledReason = "takes long; -D" + TakesLong.PROPERTY + "=true runs it")
public @interface TakesLong {
  String PROPERTY = "cattleguard.long";
}
