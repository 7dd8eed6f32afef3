/** SQL: whether a row `visitor` has an address on a channel that is suppressed. @param channel an expression */
export const suppressedSql = (channel: string): string => `EXISTS (
          SELECT FROM address_states WHERE address_states.channel = ${channel}
            AND address_states.address = visitor.addresses #>> ARRAY[${channel}, 'address']
            AND address_states.suppressed_at IS NOT NULL)`;

/** SQL: the channels on which a row `visitor` has an address that is suppressed. */
export const suppressedChannelsSql = `ARRAY (
        SELECT known.channel FROM jsonb_each(visitor.addresses) AS known (channel, value)
        JOIN address_states ON address_states.channel = known.channel
          AND address_states.address = known.value ->> 'address'
        WHERE address_states.suppressed_at IS NOT NULL)`;
