//! The registry as its users meet it: every story runs through HTTP, on SQLite and, where one is found, on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a story that cannot go on fails, which is its purpose"
)]
#![expect(unreachable_pub, reason = "the modules of a test binary are nobody's interface")]

mod administering;
mod alterations;
mod amendments;
mod around;
mod backups;
mod by_law;
mod cases;
mod certificates;
mod commitments;
mod crowds;
mod deals;
mod delegations;
mod departures;
mod disposals;
mod docs;
mod every_column;
mod examining;
mod floods;
mod holdings;
mod house;
mod journal;
mod keys;
mod laws;
mod loss;
mod money;
mod notices;
mod overrides;
mod paper;
mod permissions;
mod pictures;
mod plans;
mod refusals;
mod sessions;
mod shell;
mod simulation;
mod standby;
mod standing;
mod storage;
mod story;
mod surroundings;
mod tampering;
mod ties;
mod times;
mod town;
mod upgrades;
mod verifying;
mod wording;
mod words;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use town::{Engine, Town};

/// Lists the stories of this binary, each to be told on every engine; behind `with`, how its town's settings differ.
macro_rules! stories {
    ($($module:ident::$story:ident $(with $change:path)?),+ $(,)?) => {
        fn stories(engine: Engine) -> Vec<Trial> {
            vec![$(Trial::test(
                format!("{engine}::{}::{}", stringify!($module), stringify!($story)),
                move || {
                    let change: fn(&mut sanquan::settings::Settings) = stories!(@change $($change)?);
                    Town::tell(engine, change, |town| Box::pin($module::$story(town)));
                    Ok(())
                },
            )),+]
        }
    };
    (@change) => { |_| {} };
    (@change $change:path) => { $change };
}

stories![
    story::a_township_does_its_main_job,
    deals::ten_lawful_deals_are_stopped_by_nothing,
    deals::ten_ways_around_are_found,
    by_law::a_decision_is_measured_by_the_law_of_its_day,
    by_law::land_is_let_for_as_long_as_its_kind_may_be,
    by_law::what_a_firm_rents_is_let_on_with_the_owners_consent_and_not_for_much_more,
    by_law::whoever_owes_rent_is_let_nothing_again_before_it_is_paid,
    story::an_objection_holds_a_case_until_it_is_answered,
    notices::a_notice_says_what_is_noticed_and_stays_as_it_hung,
    notices::every_kind_of_case_says_what_it_is_about,
    notices::a_notice_hangs_for_whole_days,
    notices::a_notice_comes_down_with_its_case,
    notices::an_upheld_objection_holds_the_case_for_good,
    notices::strangers_share_no_keys,
    floods::faults_are_told_up_to_a_hundred_and_then_counted,
    floods::a_large_file_over_a_slow_link_comes_through with floods::little_patience,
    floods::bodies_are_limited_before_they_are_read with floods::little_room,
    floods::an_answer_that_nobody_reads_is_given_up with floods::nobody_waits_long,
    floods::requests_that_wait_for_no_answer_are_answered_one_after_the_other,
    floods::whoever_opens_connections_keeps_nobody_out with floods::few_connections,
    floods::passwords_are_worked_on_in_turn with floods::one_password_at_a_time,
    floods::strangers_have_one_budget_before_anything_is_done_for_them with floods::few_strangers,
    floods::what_is_always_the_same_is_made_ready_once,
    floods::whoever_sends_much_at_once_waits_for_themselves with floods::one_at_a_time,
    floods::the_same_objection_is_one_and_many_are_answered_by_one_decision,
    floods::an_address_objects_so_often_and_says_who_asks_where_the_policy_wants_it with floods::few_objections,
    notices::a_page_of_notices_is_full_when_they_say_much,
    notices::a_page_of_notices_is_full_by_its_bytes,
    story::two_people_take_the_two_decisions,
    story::a_mortgagee_is_told_of_a_sale_and_a_seizure_forbids_it,
    story::money_is_spent_only_where_it_is_and_may_be,
    story::a_receipt_booked_wrongly_is_reversed_once,
    story::many_clients_send_the_same_receipt_at_once,
    money::income_is_for_days_of_its_asset_and_what_was_distributed_says_what_is_left_to_do,
    money::a_price_is_the_sellers_whoever_pays_it,
    money::no_account_is_below_zero_on_any_day,
    money::the_policy_of_today_rules_what_is_paid_today,
    money::a_plan_that_no_longer_fits_is_drafted_anew,
    money::two_plans_never_hold_the_same_income,
    money::no_part_of_income_goes_into_the_account_of_another,
    money::a_slip_of_the_pen_is_refused_and_one_that_was_reversed_takes_no_room,
    money::a_trial_balance_says_what_the_accounts_of_a_village_hold,
    around::deals_that_are_split_are_held_to_their_sum,
    around::what_is_worth_much_is_offered_on_an_exchange,
    around::a_county_sets_how_long_a_lease_it_looks_at,
    around::a_village_hands_out_no_more_than_a_part,
    around::an_investment_is_registered_with_its_end,
    around::what_is_the_villages_secures_no_debts_of_others,
    around::what_acts_rested_on_is_taken_back_by_the_county_with_a_paper,
    around::no_end_of_the_past_switches_a_rule_off_for_a_deal,
    around::a_paper_of_another_deal_is_told,
    around::whoever_decides_is_paid_with_a_warning,
    around::what_a_village_pays_for_is_looked_at,
    around::nobody_takes_back_what_a_case_was_led_through,
    around::what_is_in_a_villages_hands_leaves_them_by_the_county,
    around::a_trade_serves_the_term_and_the_share_that_were_traded,
    loss::a_contract_is_recorded_with_what_is_found_of_it,
    loss::a_lease_of_today_is_no_contract_of_before,
    loss::what_is_let_by_a_contract_is_not_let_again,
    loss::a_lease_that_stands_is_registered_with_the_asset,
    standing::a_wrong_lessee_and_a_wrong_term_of_a_standing_lease_are_put_right_at_one_go,
    standing::the_head_of_a_village_does_not_become_a_lessee_by_a_correction_unseen,
    standing::rent_of_before_the_registration_is_received_and_divided,
    standing::leases_of_before_and_after_the_registration_are_told_their_place,
    standing::the_notice_of_a_standing_lease_names_who_lets_and_who_rents,
    standing::a_wrong_lessee_of_a_lease_made_by_a_transfer_is_put_right_with_what_is_owed,
    standing::a_renewed_lease_is_put_right_from_its_end_and_its_hanging_end_is_drafted_anew,
    standing::who_runs_it_is_put_right_by_way_of_whoever_let_it,
    standing::a_contract_of_before_the_registration_stands_once_there_is_a_right,
    standing::what_the_dead_owed_is_asked_of_whoever_succeeds,
    standing::rent_at_the_end_is_not_gone_with_an_early_end,
    standing::the_head_rents_nothing_with_the_registration,
    standing::a_lease_does_not_go_to_somebody_else_by_a_correction_without_a_word_of_its_rent,
    standing::whoever_comes_in_the_place_of_two_is_looked_at_as_in_that_of_the_gravest,
    standing::a_contract_on_record_is_not_made_a_second_time_by_the_lease_that_gives_it_its_right,
    standing::a_contract_that_a_transfer_gave_its_right_is_put_right_with_it,
    standing::a_contract_that_a_registration_gave_its_right_is_put_right_with_it,
    standing::a_renewal_that_ended_on_its_first_day_hinders_nobody_to_put_its_lease_right,
    standing::two_leases_of_one_pair_end_one_by_one,
    standing::relations_are_between_those_who_can_stand_in_them,
    loss::what_stands_wrongly_is_refused_at_its_field,
    loss::a_public_road_is_nobodys_business,
    loss::the_rules_tell_what_they_look_for,
    loss::a_lease_on_record_by_its_contract_is_registered_once,
    loss::a_correction_gives_nobody_what_is_the_villages_for_ever,
    money::a_list_of_contracts_is_full_when_much_falls_due,
    money::nothing_is_worth_or_earns_anything_before_it_is_there,
    cases::a_case_goes_on_whatever_the_policy_becomes,
    cases::a_case_goes_on_though_its_parties_turn_out_to_be_related,
    cases::whoever_drafted_a_case_decides_nothing_in_it,
    cases::a_village_decides_before_it_gives_and_confirms_what_was_when_it_likes,
    cases::what_is_entered_long_after_its_day_goes_to_the_county,
    cases::a_number_that_nothing_reads_says_so_when_it_is_set,
    overrides::an_escalation_is_approved_by_name,
    overrides::a_restriction_that_the_county_recorded_is_listed_by_name,
    overrides::what_is_found_after_an_approval_is_approved_anew,
    overrides::an_approval_of_an_earlier_release_holds,
    overrides::a_reason_is_public_without_names_of_people,
    overrides::a_case_says_why_it_needs_each_step,
    overrides::what_was_rejected_is_asked_for_anew_and_shows_the_difference,
    paper::what_hung_on_paper_hangs_no_second_time,
    paper::what_was_done_long_ago_was_made_public_before_it_worked,
    delegations::whoever_is_away_has_another_decide,
    delegations::whoever_delegated_counts_as_having_decided,
    delegations::the_numbers_of_a_policy_say_what_they_are,
    simulation::a_county_sees_which_leases_a_higher_floor_would_have_sent_to_it,
    simulation::a_number_of_its_own_wins_in_a_township,
    simulation::a_case_of_an_earlier_release_is_counted,
    simulation::a_due_day_that_follows_from_the_policy_follows_from_the_proposed_one,
    simulation::what_cannot_be_set_cannot_be_simulated,
    alterations::a_lease_ended_early_comes_back_to_the_village,
    alterations::rent_ends_with_the_lease_and_what_was_paid_for_later_stays_in_sight,
    alterations::rent_rests_while_a_barn_is_lost_and_is_owed_for_every_part_of_a_market,
    alterations::a_lease_is_renewed_from_the_day_on_which_it_ends,
    alterations::a_market_is_divided_into_stalls_and_what_is_left_put_together_again,
    alterations::a_whole_and_its_parts_are_never_counted_together,
    alterations::a_chain_through_a_hundred_parts_is_followed_once,
    alterations::parts_have_lost_to_the_fen_what_the_whole_would_have_lost,
    alterations::what_is_being_sold_is_not_scrapped_and_what_is_being_scrapped_is_not_sold,
    alterations::whoever_keeps_a_water_supply_keeps_its_parts_and_no_part_is_left_in_silence,
    alterations::what_a_market_was_is_corrected_as_long_as_its_stalls_have_what_they_have,
    alterations::nothing_is_laid_on_an_asset_that_has_ended,
    alterations::a_barn_is_lost_in_a_flood_and_found_again,
    alterations::whoever_owns_it_on_the_day_ends_or_renews_a_lease_that_another_let,
    alterations::what_comes_back_goes_to_whoever_succeeds_its_holder,
    alterations::rent_that_fell_due_is_not_given_up_in_silence,
    alterations::a_lease_stands_as_long_as_its_lessee_has_or_lets_on_what_it_lets,
    alterations::a_contract_ends_with_the_grant_that_it_stands_on,
    alterations::a_contract_runs_on_the_days_on_which_it_lets_anything,
    alterations::a_lease_is_owed_for_whatever_is_found_or_put_right_in_whatever_order,
    alterations::a_household_that_lets_is_asked_before_its_lease_ends,
    alterations::whoever_owns_it_by_now_decides_on_a_lease_that_is_said_to_have_ended_before,
    alterations::rent_that_falls_due_while_a_case_is_under_way_is_given_up_in_nobodys_silence,
    disposals::each_kind_of_disposal_says_what_it_lacks,
    disposals::what_is_converted_or_not_used_goes_on,
    disposals::an_auction_has_its_auctioneer,
    disposals::a_price_is_looked_for_until_it_came_in,
    disposals::what_a_disposal_brings_falls_due_and_lapses_with_it,
    disposals::what_served_the_public_is_not_sold_as_something_else,
    disposals::a_part_is_no_other_kind_of_thing_than_the_whole,
    disposals::an_asset_in_parts_is_looked_at_to_whomever_they_go,
    disposals::what_is_registered_is_not_struck_off_as_if_it_never_was,
    disposals::what_is_the_villages_is_no_households_for_being_called_so,
    disposals::nothing_is_made_old_cheap_or_a_road_for_its_disposal,
    disposals::a_building_is_not_contracted_out_as_land,
    disposals::what_public_money_built_is_registered_to_whom_it_is_for,
    amendments::what_a_notice_names_it_names_so_that_people_know_it,
    amendments::a_lease_that_is_moved_to_another_lessor_is_looked_at_as_the_village_s,
    amendments::what_hung_is_what_is_done_or_it_is_drafted_anew,
    amendments::a_rent_that_is_lowered_is_judged_like_the_rent_that_was_agreed,
    amendments::a_household_agrees_before_its_asset_is_no_longer_one_of_a_household,
    amendments::a_person_agrees_before_what_is_theirs_is_given_away,
    amendments::a_household_is_asked_before_its_lease_is_taken,
    amendments::rent_that_fell_due_is_given_up_by_nobody_in_silence,
    amendments::what_a_case_put_right_no_clerk_alone_puts_right_again,
    amendments::what_hung_names_parties_and_projects_whole,
    amendments::whoever_would_hold_something_later_is_told_before_it_is_void,
    amendments::a_part_is_put_right_as_long_as_the_parts_come_to_the_whole,
    amendments::what_was_noticed_is_put_right_and_nothing_is_left_behind_it,
    amendments::what_fell_due_is_forgiven_by_no_clerk_alone,
    amendments::a_contract_that_becomes_easier_is_judged_like_one_that_is_agreed,
    amendments::a_place_is_put_right_once_nothing_stands_in_the_old_one,
    amendments::what_an_amendment_names_that_hangs_is_not_changed_under_it,
    amendments::only_what_counts_says_since_when_an_asset_was_there,
    amendments::a_contract_is_put_right_at_once_whatever_became_of_its_asset_before,
    amendments::time_alone_outdates_no_notice,
    amendments::a_home_is_not_said_and_nothing_is_booked_to_what_is_void,
    amendments::whoever_typed_a_value_wrongly_puts_it_right_at_once,
    amendments::once_something_rests_on_an_asset_a_case_puts_it_right,
    amendments::an_asset_recorded_by_mistake_is_void_and_counts_on_no_day,
    amendments::what_an_asset_never_had_is_cleared_and_where_it_was_thought_to_be_confines_who_reads_it,
    amendments::the_money_of_a_project_is_put_right_and_stays_known_as_it_was,
    amendments::a_contract_is_put_right_with_all_that_follows_from_it,
    amendments::the_contract_of_a_lease_stays_what_the_village_decided,
    departures::a_persons_number_is_never_an_organisations_code,
    departures::a_city_without_counties_is_registered_down_to_its_villages,
    departures::nobody_is_erased_who_is_about_to_be_given_something,
    departures::a_village_that_ends_leaves_nothing_or_names_its_successor,
    departures::whoever_is_erased_or_ends_at_the_same_moment_gets_nothing,
    departures::what_a_village_owns_waits_for_a_public_successor_who_stays,
    departures::nothing_is_laid_on_a_party_beyond_its_end,
    departures::income_that_comes_after_its_holder_goes_to_who_succeeds_or_is_kept_unclaimed,
    departures::nobody_decides_after_its_end,
    departures::nothing_comes_back_to_whoever_is_gone,
    departures::a_receipt_of_whoever_rented_and_is_gone_is_put_right,
    departures::income_of_whoever_is_gone_waits_for_them,
    departures::what_one_that_ended_still_gets_or_holds_is_its_heirs,
    departures::a_party_was_there_for_as_long_as_it_took_something_on,
    departures::what_comes_back_from_a_subtenant_was_the_villages_before,
    departures::whoever_was_paid_stays_who_it_was,
    departures::nobody_leaves_while_income_of_their_days_is_not_distributed,
    departures::nobody_is_related_to_whoever_ends_at_that_moment,
    departures::nobody_alone_makes_another_of_whoever_holds_something,
    departures::what_was_paid_to_a_successor_stays_with_it_and_is_told,
    pictures::a_chain_is_drawn_for_those_who_prefer_it,
    certificates::a_certificate_stays_true_of_its_day_and_is_superseded_by_a_sale,
    certificates::a_certificate_speaks_of_a_day_as_known_at_an_instant,
    certificates::a_certificate_is_signed_by_sm2_as_well with certificates::by_sm2,
    certificates::the_keys_of_certificates_are_replaced,
    certificates::a_sheet_takes_its_address_from_nobody,
    certificates::a_person_is_named_by_the_surname_alone,
    refusals::chinese_answers_are_in_the_words_of_offices,
    refusals::a_body_of_nothing_but_faults_costs_little,
    refusals::no_day_lies_where_nothing_can_be,
    refusals::bad_fields_are_named_in_both_languages_and_change_nothing,
    crowds::a_relation_is_recorded_at_the_moment_of_a_step,
    crowds::nobody_pays_for_a_village_that_ended,
    crowds::whoever_acts_at_once_is_served_or_refused with crowds::crowded,
    crowds::whoever_waits_for_a_busy_party_gets_a_turn,
    crowds::a_lease_is_ended_and_let_on_at_once with crowds::crowded,
    refusals::a_consent_names_a_restriction_of_the_deal,
    refusals::a_list_of_cases_holds_no_bodies,
    refusals::texts_are_kept_trimmed_and_normalised,
    docs::the_page_brings_all_that_it_needs,
    docs::every_example_is_taken,
    shell::the_server_tells_how_it_is,
    shell::addresses_and_methods_that_are_not_there,
    shell::bodies_that_cannot_be_read,
    shell::what_a_schema_allows_is_taken_and_what_it_forbids_is_named,
    shell::a_key_acts_once,
    shell::a_dry_run_answers_as_the_act_and_stores_nothing,
    shell::a_change_names_what_it_saw,
    shell::two_changes_at_once_make_one,
    shell::lists_go_on_where_they_stopped,
    shell::too_many_requests_are_turned_away with shell::few_requests,
    sessions::somebody_signs_in_and_goes_on,
    sessions::a_refresh_token_used_twice_ends_the_session,
    sessions::a_lost_answer_or_two_windows_sign_nobody_out,
    sessions::a_password_that_is_guessed_at_once_is_refused,
    sessions::somebody_changes_their_own_password,
    sessions::whose_answer_arrived_cannot_have_lost_it,
    sessions::no_session_lasts_for_ever,
    sessions::guessing_passwords_is_slow with sessions::few_sign_ins,
    sessions::a_user_is_made_changed_and_shut_out,
    sessions::somebody_is_left_who_makes_users,
    storage::a_unit_without_a_journal_entry_is_undone,
    storage::what_met_another_transaction_is_tried_again_and_what_failed_is_undone,
    storage::the_journal_has_every_entry_once_and_in_order,
    storage::units_that_wait_for_each_other_in_a_circle_are_tried_again,
    storage::a_lock_is_not_waited_for_without_end with storage::no_patience,
    storage::no_unit_locks_against_the_order,
    storage::two_servers_share_one_database,
    storage::what_was_given_up_goes_on_with_all_that_it_holds with storage::some_patience,
    storage::whoever_asks_whether_it_is_ready_is_never_told_of_a_failure,
    standby::a_standby_answers_what_it_has_and_is_missed_by_nobody,
    standby::a_database_that_stands_still_holds_nobody_up_for_ever,
    standby::a_reading_that_the_standby_holds_up_is_done_by_the_primary,
    standby::a_database_is_found_behind_a_host_that_swallows_everything,
    standby::a_commit_that_is_not_answered_is_told,
    standby::connections_that_are_busy_are_not_taken_for_a_database_that_is_away,
    standby::a_connection_that_is_let_in_and_not_answered_is_given_up,
    storage::a_connection_that_rests_is_not_closed_under_its_client,
    storage::a_connection_that_asks_for_another_protocol_is_told_that_it_ends,
    surroundings::a_log_that_nobody_reads_stops_nobody,
    surroundings::a_log_that_cannot_be_written_is_counted,
    surroundings::a_probe_that_is_told_the_state_is_no_line_of_the_log,
    surroundings::strangers_leave_no_trace_that_grows,
    surroundings::a_database_that_is_away_is_told_of_at_once_and_found_again_at_once,
    surroundings::a_database_that_can_only_be_read_is_read,
    surroundings::a_database_of_another_release_is_told_of,
    surroundings::a_database_that_holds_no_registry_is_not_said_to_be_away,
    surroundings::entries_that_wait_too_long_to_be_sealed_are_told_of,
    surroundings::nothing_is_recorded_by_a_clock_that_is_a_year_ahead,
    surroundings::a_registry_that_stood_still_goes_on_once_its_clock_is_confirmed,
    surroundings::whoever_asks_through_a_proxy_has_a_quota_of_their_own with surroundings::behind_a_proxy,
    surroundings::nobody_says_by_a_header_who_they_are with shell::few_requests,
    surroundings::what_is_recorded_by_a_clock_that_lags_waits_to_be_sealed,
    administering::damage_that_is_met_on_opening_is_told_as_damage,
    administering::damage_that_is_met_at_work_is_told_until_the_end,
    administering::keys_that_are_not_whole_are_not_backed_up,
    administering::a_damaged_record_of_keys_is_named_with_a_way_out,
    administering::settings_that_cannot_be_are_named_and_secrets_are_not_shown,
    administering::a_role_without_rights_is_told_what_it_lacks,
    administering::a_right_that_somebody_misses_is_told_of_until_it_is_there,
    administering::settings_are_looked_at_before_anything_is_made,
    administering::a_server_that_answers_and_refuses_is_not_waited_for,
    administering::a_file_that_is_removed_takes_no_changes,
    administering::a_right_that_is_missing_is_no_damage,
    administering::a_journal_under_another_name_is_not_gone_on_with,
    administering::a_commit_that_hangs_is_no_damage,
    administering::a_role_of_its_own_restores_what_the_extensions_of_a_server_stood_beside,
    administering::a_start_on_a_database_that_can_only_be_read_is_told,
    administering::a_start_waits_for_its_database_as_long_as_it_is_told,
    administering::a_registry_is_not_begun_anew_on_an_emptied_database,
    administering::a_database_that_does_not_answer_is_busy,
    administering::a_full_disk_refuses_changes_and_goes_on,
    administering::disks_and_folders_that_cannot_be_used_are_told,
    keys::a_lost_key_stops_the_start_until_it_is_back,
    keys::another_key_stops_the_start,
    keys::a_damaged_key_stops_the_start,
    keys::a_second_server_needs_the_keys_of_the_first,
    keys::a_lost_key_is_replaced_with_a_reason,
    keys::the_second_keys_are_replaced_as_well with keys::by_sm2,
    keys::an_empty_registry_makes_its_keys,
    storage::a_server_outlives_the_connections_to_its_database,
    storage::migrations_and_keys_are_made_once_by_whoever_comes_first,
    storage::what_is_in_flight_is_finished_before_the_end,
    storage::a_request_that_never_ends_is_ended with storage::little_patience,
    storage::a_stream_is_cut_in_the_middle,
    journal::an_auditor_proves_what_the_journal_says,
    journal::the_log_is_read_in_tiles,
    journal::a_court_needs_no_token_to_hold_an_entry_against_the_journal,
    journal::a_resource_says_which_entry_changed_it_last,
    journal::a_witness_cosigns_a_checkpoint with journal::witnessed,
    journal::checkpoints_are_signed_by_sm2_as_well with journal::by_sm2,
    journal::the_keys_of_the_journal_are_replaced,
    journal::a_sealer_that_is_stopped_loses_nothing_and_doubles_nothing,
    journal::an_old_database_in_the_place_of_a_newer_one_is_found_out,
    examining::a_database_is_examined_and_left_as_it_was,
    examining::keys_of_another_journal_are_told_from_damage,
    examining::a_database_of_another_release_is_examined_as_far_as_it_can_be,
    examining::the_tables_of_the_journal_fit_together with journal::witnessed,
    commitments::an_altered_row_is_not_blessed_by_the_next_change,
    commitments::what_is_committed_to_is_not_taken_over_again,
    commitments::a_table_with_other_columns_is_taken_over_and_one_that_is_gone_forgotten,
    commitments::a_journal_that_nobody_signed_is_not_sound,
    commitments::no_checkpoint_is_removed_unseen with journal::witnessed,
    commitments::one_odd_value_hides_no_other,
    commitments::long_entries_are_read_a_few_at_a_time,
    every_column::every_value_is_held_by_the_journal with journal::witnessed,
    tampering::a_bundle_tells_what_was_done_to_it,
    tampering::a_chain_names_where_it_is_broken,
    tampering::a_database_tells_what_was_done_to_it,
    tampering::the_command_line_writes_and_checks,
    tampering::the_tables_say_what_the_journal_says,
    verifying::a_table_is_what_the_migrations_make_it,
    verifying::a_damaged_file_is_told_line_by_line,
    verifying::a_second_row_of_a_key_is_found_wherever_it_stands,
    verifying::documents_are_held_against_their_bytes,
    backups::a_lost_machine_comes_back_as_it_was_backed_up,
    backups::whoever_restores_without_the_keys_is_told_what_to_do,
    backups::no_loss_is_acknowledged_without_the_keys_nor_a_rewrite_with_them,
    backups::a_document_that_is_brought_again_repairs_what_was_kept_of_it,
    backups::what_cannot_be_read_or_written_leaves_a_backup_whole_or_none,
    verifying::what_the_tree_does_not_commit_to_is_examined,
    verifying::what_is_said_to_be_sealed_ahead_of_the_clock_hides_nothing,
    verifying::a_session_that_no_entry_began_is_found,
    verifying::what_waits_and_what_is_signed_for_is_told,
    verifying::what_was_brought_along_wrongly_is_no_damage,
    verifying::a_bundle_has_what_was_exported_and_nothing_else,
    verifying::what_a_server_left_behind_is_examined_and_left_as_it_was,
    verifying::a_folder_that_others_look_into_holds_nothing_that_they_can_read,
    ties::the_nephew_s_house_appraises_and_the_cousin_s_company_leases,
    ties::nobody_leaves_an_office_for_a_day,
    ties::what_a_village_s_own_cooperative_gives_on_is_looked_at_as_the_village_s,
    ties::an_auctioneer_stands_in_the_notice_and_in_the_chain,
    ties::nobody_decides_on_the_case_of_their_kin,
    ties::a_post_goes_with_officers_alone,
    ties::what_is_looked_up_is_all_that_a_search_needs,
    ties::a_hub_is_not_gone_through_again_and_again,
    holdings::a_village_holds_a_cold_store_through_companies,
    holdings::three_companies_hold_each_other,
    holdings::too_many_companies_in_a_row_are_not_followed,
    holdings::who_holds_many_assets_is_asked_at_once,
    holdings::who_holds_a_region_comes_line_by_line,
    holdings::who_stands_behind_an_asset_is_stated_for_others,
    plans::a_check_of_many_lots_asks_no_more_than_that_of_one,
    plans::no_large_table_is_read_from_end_to_end,
    permissions::every_operation_answers_only_to_those_who_may,
    permissions::what_lies_elsewhere_cannot_be_seen_or_touched,
    permissions::nobody_cites_a_document_that_they_cannot_see,
    times::who_was_thought_to_keep_a_road_is_known_after_it_was_put_right,
    times::a_persons_data_are_corrected_and_then_erased_and_every_proof_holds,
    times::a_village_owned_from_an_earlier_day_than_was_registered,
    times::who_loses_by_a_correction_is_found_in_the_journal,
    times::whoever_owned_it_before_owns_it_until_it_was_registered,
    times::a_beginning_corrected_twice_leaves_a_whole_chain,
    times::who_was_said_to_have_owned_it_before_is_put_right,
    times::a_mistake_is_put_right_up_to_the_day_on_which_others_hold_it,
    times::whose_it_was_before_it_was_lost_and_found_is_put_right,
    times::whose_a_sold_asset_was_is_put_right_before_it_is_sold_again,
    times::what_was_entered_by_mistake_never_held_and_keeps_nothing_else_out,
    times::earlier_days_said_at_the_same_moment_leave_one_chain,
    times::a_correction_leaves_what_was_said_before_it,
    times::a_correction_of_a_mistake_moves_what_was_built_on_it,
    times::what_was_known_then_is_never_changed_by_what_comes_later,
    laws::a_few_villages_live_through_what_the_model_does,
    laws::many_assets_live_through_what_the_model_does,
    laws::no_later_act_changes_what_was_known,
    laws::a_share_is_divided_until_it_would_be_too_fine,
    wording::a_wrong_kind_is_told_with_all_the_right_ones,
    wording::what_is_there_already_or_missing_is_told_with_the_way_out,
    wording::sentences_name_people_and_uses_and_not_their_codes,
    wording::all_that_a_body_breaks_by_itself_is_told_at_once,
    wording::a_tag_that_names_no_version_is_told_from_an_old_one,
    wording::nothing_is_dropped_in_silence,
    wording::what_is_said_is_so_and_says_what_would_be_right,
    wording::whoever_has_read_enough_of_a_command_ends_it_quietly,
    words::what_is_searched_for_is_found_on_every_engine,
    words::nothing_invisible_is_taken_for_a_text,
    words::nothing_is_recorded_but_what_was_written,
    words::a_change_says_what_is_empty_and_what_stays,
    words::a_file_sent_again_is_the_same_file,
    words::a_file_keeps_its_name_or_is_refused,
    words::all_wrong_references_are_told_at_once,
    words::what_hangs_on_what_is_on_record_is_told_with_all_else,
    words::what_is_judged_by_one_field_hides_nothing_of_another,
    words::the_front_end_of_a_county_may_ask_from_a_browser with words::with_a_front_end,
    words::no_page_of_others_asks_unless_it_is_said,
    words::what_a_feed_goes_on_after_can_be_asked_for,
    house::the_schema_is_what_the_code_says,
    house::the_lists_in_checks_are_those_of_the_code,
    house::what_is_recorded_cannot_be_changed_even_in_the_database,
];

fn main() -> ExitCode {
    plans::watch();
    let mut arguments = Arguments::from_args();
    // Each story has a server and a database: a few at a time are as fast as many.
    arguments.test_threads.get_or_insert(6);
    let mut trials = stories(Engine::Sqlite);
    trials.extend(upgrades::trials(Engine::Sqlite));
    let postgres = town::postgres::server().is_some();
    if postgres {
        trials.extend(stories(Engine::Postgres));
        trials.extend(upgrades::trials(Engine::Postgres));
    }
    trials.extend(house::trials());
    trials.extend(docs::trials());
    trials.extend(upgrades::house_trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !postgres {
        println!("\nPostgreSQL was NOT tested: no server and no server programs were found on this machine.");
    }
    conclusion.exit_code()
}
