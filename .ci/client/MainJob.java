import cn.sanquan.ApiClient;
import cn.sanquan.ApiException;
import cn.sanquan.ApiResponse;
import cn.sanquan.api.*;
import cn.sanquan.model.*;
import java.io.File;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The main job, done by a client that OpenAPI Generator makes of the OpenAPI document and knows nothing else.
 *
 * <pre>java MainJob TOKENS.json        with what `sanquan demo --json` has printed</pre>
 *
 * It registers an asset with its three rights, leases it, takes in the rent and distributes it, sees a sale below value
 * refused, sells at a fair price, and reads the chain of ownership. It makes its own parties and assets, so it can run again
 * and again on the same server. The first thing that is not as it should be ends it with status 1.
 */
public class MainJob {
    static final String RUN = UUID.randomUUID().toString().substring(0, 6);
    /** Today in China, as the days of the register are. */
    static final LocalDate TODAY = LocalDate.now(ZoneOffset.ofHours(8));
    static final LocalDate FIRST = LocalDate.of(2021, 8, 1);
    static int steps = 0;

    static Map<?, ?> given;
    static Caller officer, reviewer, approver, auditor, finance;
    static PartyResponse east, west, firm, appraiser;
    static AssetResponse shed, road;
    static UUID minutes;
    static UUID confirmation;

    /** The operations, as somebody with a role calls them. */
    static class Caller {
        final AlterationsApi alterations;
        final CasesApi cases;
        final IdentityApi identity;
        final MoneyApi money;
        final RegisterApi register;
        final TransfersApi transfers;

        Caller(String role) {
            String token = (String) ((Map<?, ?>) given.get("tokens")).get(role);
            ApiClient client = new ApiClient();
            client.updateBaseUri((String) given.get("base_url"));
            client.setRequestInterceptor(it -> it.header("Authorization", "Bearer " + token).header("Accept-Language", "en"));
            alterations = new AlterationsApi(client);
            cases = new CasesApi(client);
            identity = new IdentityApi(client);
            money = new MoneyApi(client);
            register = new RegisterApi(client);
            transfers = new TransfersApi(client);
        }
    }

    interface Call {
        Object answer() throws Exception;
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void equal(Object is, Object wanted, String what) {
        check(is.equals(wanted), what + ": " + is + " is not " + wanted);
    }

    static void refused(String what, int status, Code code, Call call) throws Exception {
        try {
            throw new AssertionError(what + ": " + call.answer());
        } catch (ApiException it) {
            if (it.getCode() == 0) {
                throw it; // Nothing was answered.
            }
            equal(it.getCode(), status, what + " " + it.getResponseBody());
            ProblemBody problem = ApiClient.createDefaultObjectMapper().readValue(it.getResponseBody(), ProblemBody.class);
            equal(problem.getCode(), code, what);
        }
    }

    static void told(String text) {
        steps += 1;
        System.out.println("ok " + steps + " - " + text);
    }

    /** A new key for each act, so that a retry of the same act can be told from another one. */
    static String key() {
        return UUID.randomUUID().toString();
    }

    static LocalDate day(long offset) {
        return TODAY.plusDays(offset);
    }

    // --- cases and their steps ---

    enum Kind { REGISTRATION, TRANSFER, DISTRIBUTION }

    static Caller whoTakes(Step step) {
        return switch (step) {
            case SUBMIT, START_NOTICE -> officer;
            case REVIEW, CLOSE_NOTICE -> reviewer;
            case APPROVE, EXECUTE -> approver;
            default -> throw new AssertionError("nobody is known to take the step " + step);
        };
    }

    /** Takes a step, and says which is next; none where the case is executed. */
    static Step decide(Kind kind, UUID id, Caller by, Step step) throws ApiException {
        DecisionRequest asked = new DecisionRequest().step(step);
        return switch (kind) {
            case REGISTRATION -> by.register.decideOnRegistration(id, key(), asked, null, null).getNextStep();
            case TRANSFER -> by.transfers.decideOnTransfer(id, key(), asked, null, null).getNextStep();
            case DISTRIBUTION -> by.money.decideOnDistribution(id, key(), asked, null, null).getNextStep();
        };
    }

    /** Takes a case through the steps that it says it needs, each by the role that may take it. */
    static void runThrough(Kind kind, UUID id, Step first) throws ApiException {
        Step next = first;
        for (int patience = 8; next != null && patience > 0; patience--) {
            next = decide(kind, id, whoTakes(next), next);
        }
        check(next == null, kind + " " + id + " still needs " + next);
        CaseStatus status = switch (kind) {
            case REGISTRATION -> auditor.register.getRegistration(id, null, null).getStatus();
            case TRANSFER -> auditor.transfers.getTransfer(id, null, null).getStatus();
            case DISTRIBUTION -> auditor.money.getDistribution(id, null, null).getStatus();
        };
        equal(status, CaseStatus.EXECUTED, kind.toString());
    }

    static UUID runThrough(Kind kind, CaseResponse started) throws ApiException {
        runThrough(kind, started.getId(), started.getNextStep());
        return started.getId();
    }

    // --- exact shares ---

    static String sum(String one, String other) {
        BigInteger[] a = parts(one), b = parts(other);
        BigInteger over = a[0].multiply(b[1]).add(b[0].multiply(a[1])), under = a[1].multiply(b[1]);
        BigInteger common = over.gcd(under);
        return over.divide(common) + "/" + under.divide(common);
    }

    static BigInteger[] parts(String share) {
        String[] parts = share.split("/");
        return new BigInteger[] {new BigInteger(parts[0]), new BigInteger(parts[1])};
    }

    /** Who holds how much of a right; a holder has a part from each owner that granted one. */
    static Map<UUID, String> holders(RightKind right, LocalDate asOf) throws ApiException {
        RightsResponse rights = auditor.register.getRights(shed.getId(), asOf, null, null);
        var held = switch (right) {
            case OWNERSHIP -> rights.getOwnership();
            case MANAGEMENT -> rights.getManagement();
            case INCOME -> rights.getIncome();
        };
        Map<UUID, String> of = new HashMap<>();
        held.forEach(it -> of.merge(it.getHolderId(), it.getShare(), MainJob::sum));
        equal(of.values().stream().reduce("0/1", MainJob::sum), "1/1", right + " on " + asOf);
        return of;
    }

    // --- what is asked ---

    static PartyResponse party(PartyKind kind, String name, String region) throws ApiException {
        var identifier = new IdentifierRequest(
                new NoneIdentifierRequest().scheme(NoneIdentifierRequest.SchemeEnum.NONE));
        var body = new PartyRequest().kind(kind).name(name + " " + RUN).regionCode(region).identifier(identifier);
        return officer.register.recordParty(key(), body, null, null);
    }

    static AssetResponse asset(String name, AssetClass kind, String category, String region, UUID project)
            throws ApiException {
        var body = new AssetRequest().name(name + " " + RUN).propertyClass(kind).category(category).regionCode(region)
                .projectId(project).quantity("1").unit("处").originalValueFen(120_000_000L)
                .acquiredOn(LocalDate.of(2021, 7, 1)).serviceLifeMonths(240).residualRateBp(500);
        return officer.register.recordAsset(key(), body, null, null);
    }

    static DecisionInput decision(LocalDate on) {
        return new DecisionInput().body(DecisionBody.MEMBERS_ASSEMBLY).decidedOn(on).members(100).attended(80)
                .inFavour(75).documentId(minutes);
    }

    /** One decision serves one village: each decides for itself, before what it decides on. */
    static List<CollectiveDecisionInput> decisions(LocalDate on) {
        return List.of(decisionOf(east, on), decisionOf(west, on));
    }

    static CollectiveDecisionInput decisionOf(PartyResponse village, LocalDate on) {
        return new CollectiveDecisionInput().byId(village.getId()).body(DecisionBody.MEMBERS_ASSEMBLY).decidedOn(on)
                .members(100).attended(80).inFavour(75).documentId(minutes);
    }

    static AllocationRequest part(PartyResponse holder, String share) {
        return new AllocationRequest().holderId(holder.getId()).share(share);
    }

    static LotRequest lot(PartyResponse from, PartyResponse to, String share) {
        return new LotRequest().assetId(shed.getId()).fromId(from.getId()).toId(to.getId()).share(share);
    }

    static GrantRequest grant(PartyResponse holder, String share) {
        return new GrantRequest().holderId(holder.getId()).share(share);
    }

    static RegistrationRequest registration(AssetResponse asset, AllocationRequest... owners) {
        return new RegistrationRequest().assetId(asset.getId()).effectiveOn(FIRST).documents(List.of(minutes))
                .decision(decision(TODAY)).ownership(List.of(owners));
    }

    static TransferRequest lease(LocalDate start, LocalDate until) {
        List<DueRequest> rent = new ArrayList<>();
        for (int year = 0; year < 5; year++) {
            rent.add(new DueRequest().dueOn(start.plusDays(365L * year)).amountFen(7_200_000L));
        }
        var kind = RentConsiderationRequest.KindEnum.RENT;
        return new TransferRequest().right(RightKind.MANAGEMENT).lots(List.of(lot(east, firm, "2/3"), lot(west, firm, "1/3")))
                .term(new PeriodInput().from(start).to(until)).effectiveOn(start).documents(List.of(minutes))
                .decisions(decisions(start.minusDays(20)))
                .recordedLate(new RecordedLate().reason("补录：租约早于登记簿启用"))
                .exchange(new ExchangeRequest().platform("县农村产权交易中心").reference("CD-2025-0117").tradedOn(start.minusDays(10))
                        .documentId(confirmation))
                .consideration(new ConsiderationRequest(new RentConsiderationRequest().kind(kind).schedule(rent)));
    }

    static UUID brings(String what) throws Exception {
        File paper = File.createTempFile(what, ".txt");
        paper.deleteOnExit();
        Files.writeString(paper.toPath(), what + " " + RUN);
        var document = officer.register.bringDocument(key(), paper, null, null);
        equal(document.getSha256().length(), 64, "the digest");
        return document.getId();
    }

    static ReceiptRequest receipt(long amount, ClosedPeriodInput period) {
        return new ReceiptRequest().assetId(shed.getId()).kind(ReceiptKind.RENT).payerId(firm.getId()).amountFen(amount)
                .receivedOn(TODAY).period(period).documentId(minutes);
    }

    static TransferRequest sale(PartyResponse to, String share, long price, long value, PartyResponse valuedBy) {
        var kind = PriceConsiderationRequest.KindEnum.PRICE;
        return new TransferRequest().right(RightKind.OWNERSHIP).lots(List.of(lot(east, to, share))).effectiveOn(TODAY)
                .consideration(new ConsiderationRequest(new PriceConsiderationRequest().kind(kind).amountFen(price)))
                .decision(decision(TODAY)).documents(List.of(minutes))
                .appraisal(new AppraisalRequest().valueFen(value).appraisedOn(day(-30)).appraiserId(valuedBy.getId())
                        .signatures(2).documentId(minutes));
    }

    // --- the story ---

    public static void main(String[] arguments) throws Exception {
        // A connection that rested is given up before the server closes it: Java sends nothing but GET a second time.
        System.setProperty("jdk.httpclient.keepalive.timeout", "2");
        given = ApiClient.createDefaultObjectMapper().readValue(Files.readString(Path.of(arguments[0])), Map.class);
        officer = new Caller("township_officer");
        reviewer = new Caller("township_reviewer");
        approver = new Caller("county_approver");
        auditor = new Caller("auditor");
        finance = new Caller("finance");

        String township = officer.identity.getMe().getRegionCode(), county = approver.identity.getMe().getRegionCode();
        var regions = officer.register.listRegions(township.substring(0, 9), RegionLevel.VILLAGE, 10L, null, null);
        String village = regions.getItems().get(0).getCode(), neighbour = regions.getItems().get(1).getCode();
        approver.cases.setPolicy(key(), new PolicyRequest().regionCode(county).effectiveFrom(LocalDate.of(2021, 1, 1))
                .values(new PolicyOverrides().noticeDays(0L)), null, null);
        told("township " + township + ", where notices hang for no time at all");

        east = party(PartyKind.VILLAGE_COLLECTIVE, "东村股份经济合作社", village);
        west = party(PartyKind.VILLAGE_COLLECTIVE, "西村股份经济合作社", neighbour);
        firm = party(PartyKind.ENTERPRISE, "惠农农业科技有限公司", village);
        appraiser = party(PartyKind.ENTERPRISE, "诚信资产评估有限公司", neighbour);
        equal(List.of(east.getSector(), firm.getSector()), List.of(Sector.COLLECTIVE, Sector.PRIVATE), "sectors");
        var funding = List.of(
                new FundingOfProject().source(FundingSource.CENTRAL).amountFen(121_500_000L),
                new FundingOfProject().source(FundingSource.COUNTY).amountFen(60_000_000L));
        var project = officer.register.recordProject(key(), new ProjectRequest().code("JA-" + RUN).name("设施蔬菜大棚项目")
                .year(2021).regionCode(township).funding(funding), null, null);
        shed = asset("日光温室大棚", AssetClass.OPERATING, "greenhouse", village, project.getId());
        road = asset("村组道路", AssetClass.PUBLIC_WELFARE, "road", village, project.getId());
        minutes = brings("minutes");
        confirmation = brings("confirmation");
        told("four parties, a project with its money, two assets, and a document");

        UUID registered = runThrough(Kind.REGISTRATION, officer.register.draftRegistration(key(),
                registration(shed, part(east, "2/3"), part(west, "1/3")).income(List.of(grant(east, "3/7"), grant(west, "4/7"))),
                null, null));
        refused("ownership of four thirds", 422, Code.SHARE_EXCEEDED, () -> officer.register.draftRegistration(key(),
                registration(road, part(east, "2/3"), part(west, "2/3")), null, null));
        LocalDate then = FIRST.plusDays(100);
        var thirds = Map.of(east.getId(), "2/3", west.getId(), "1/3");
        equal(holders(RightKind.OWNERSHIP, then), thirds, "ownership");
        equal(holders(RightKind.MANAGEMENT, then), thirds, "management");
        equal(holders(RightKind.INCOME, then), Map.of(east.getId(), "3/7", west.getId(), "4/7"), "income");
        told("ownership, management and income registered apart, each of them whole");

        LocalDate start = day(-400);
        CheckResponse tooLong = officer.transfers.checkTransfer(lease(start, start.plusDays(365 * 30 + 8)), null);
        equal(tooLong.getOutcome(), Outcome.BLOCK, "a lease of thirty years");
        var finding = tooLong.getFindings().stream().filter(it -> it.getRule() == RuleId.L18).findFirst().orElseThrow();
        check(!finding.getFigures().isEmpty(), "a finding says what was compared");
        runThrough(Kind.TRANSFER, officer.transfers.draftTransfer(key(), lease(start, start.plusDays(5 * 365)), null, null));
        equal(holders(RightKind.MANAGEMENT, TODAY), Map.of(firm.getId(), "1/1"), "management under a lease");
        equal(holders(RightKind.OWNERSHIP, TODAY), thirds, "ownership under a lease");
        told("a lease for its term; one of thirty years is blocked");

        ClosedPeriodInput period = new ClosedPeriodInput().from(start).to(start.plusDays(365));
        String once = key();
        ReceiptResponse first = officer.money.recordReceipt(once, receipt(7_200_001, period), null, null);
        ApiResponse<ReceiptResponse> again =
                officer.money.recordReceiptWithHttpInfo(once, receipt(7_200_001, period), null, null);
        equal(again.getData().getId(), first.getId(), "the same receipt");
        equal(again.getHeaders().get("idempotency-replayed"), List.of("true"), "the same receipt");
        refused("the key for another receipt", 422, Code.IDEMPOTENCY_KEY_REUSED,
                () -> officer.money.recordReceipt(once, receipt(1, period), null, null));
        var plan = new DistributionRequest().assetIds(List.of(shed.getId())).period(period);
        Map<UUID, Long> paid = new HashMap<>();
        officer.money.previewDistribution(plan, null).getLines()
                .forEach(it -> paid.merge(it.getAccountId(), it.getAmountFen(), Long::sum));
        equal(paid.values().stream().reduce(0L, Long::sum), 7_200_001L, "all that was received");
        var drafted = officer.money.draftDistribution(key(), plan.decisions(decisions(TODAY)), null, null);
        runThrough(Kind.DISTRIBUTION, drafted.getId(), drafted.getNextStep());
        for (var account : paid.entrySet()) {
            equal(finance.money.getAccount(account.getKey(), null, null).getBalanceFen(), account.getValue(), "a balance");
        }
        var trial = finance.money.getTrialBalance(township, null, null, null, null);
        equal(trial.getDebitsFen(), trial.getCreditsFen(), "debits and credits");
        told("rent received once, and distributed to the fen");

        long after = 0, distributed = 0;
        List<Long> indexes = new ArrayList<>();
        for (int patience = 500; distributed < 7_200_001 && patience > 0; patience--) {
            var records = finance.money.listIncomeRecords(after, 50L, null);
            for (var record : records.getItems()) {
                indexes.add(record.getIndex());
                if (record.getKind() == PostingKind.DISTRIBUTION && shed.getId().equals(record.getAssetId())) {
                    distributed += record.getAmountFen();
                }
            }
            after = records.getNextAfter();
            if (records.getItems().isEmpty()) {
                Thread.sleep(200); // Records appear once they are sealed, shortly after the act.
            }
        }
        equal(distributed, 7_200_001L, "what was distributed");
        equal(indexes, new ArrayList<>(new TreeSet<>(indexes)), "the order of records");
        told("finance reads every record once and in order");

        TransferRequest cheapSale = sale(firm, "2/3", 10_000_000, 70_000_000, firm);
        UUID cheap = officer.transfers.draftTransfer(key(), cheapSale, null, null).getId();
        refused("a sale for a seventh of the value", 409, Code.BLOCKED_BY_LOSS_CHECK,
                () -> decide(Kind.TRANSFER, cheap, officer, Step.SUBMIT));
        UUID fair = runThrough(Kind.TRANSFER, officer.transfers.draftTransfer(key(),
                sale(west, "1/3", 36_000_000, 36_000_000, appraiser), null, null));
        equal(holders(RightKind.OWNERSHIP, TODAY), Map.of(east.getId(), "1/3", west.getId(), "2/3"), "after the sale");
        equal(holders(RightKind.OWNERSHIP, day(-1)), thirds, "before the sale");
        told("a sale below value is blocked; a fair one moves the share and leaves yesterday alone");

        var disposal = new DisposalAlterationRequest().kind(DisposalAlterationRequest.KindEnum.DISPOSAL).assetId(road.getId())
                .cause(DisposalCause.NATURAL_DISASTER).reason("路面已毁").effectiveOn(TODAY).documents(List.of(minutes))
                .decision(decision(TODAY));
        refused("a disposal of what nobody owns", 409, Code.CONFLICT,
                () -> officer.alterations.draftAlteration(key(), new AlterationRequest(disposal), null, null));
        told("an alteration of one kind among six, refused by its own reason");

        ChainResponse chain = auditor.register.getOwnershipChain(shed.getId(), RightKind.OWNERSHIP, null, null, null);
        equal(chain.getOrigin().getProjectId(), project.getId(), "the origin");
        check(chain.getComplete(), "the chain is complete");
        equal(chain.getLinks().stream().map(it -> it.getCaseId()).toList(), List.of(registered, fair), "the links");
        told("the chain of ownership, back to the money, without a break");

        refused("an auditor who acts", 403, Code.PERMISSION_DENIED,
                () -> auditor.transfers.draftTransfer(key(), cheapSale, null, null));
        String tag = officer.register.getAssetWithHttpInfo(road.getId(), null, null, null).getHeaders().get("etag").get(0);
        equal(officer.register.describeAsset(road.getId(), tag, new AssetChangeRequest().location("东村三组"), null, null)
                .getLocation(), "东村三组", "a change of what was read");
        refused("a change of what is no longer so", 412, Code.PRECONDITION_FAILED, () -> officer.register
                .describeAsset(road.getId(), tag, new AssetChangeRequest().location("东村四组"), null, null));
        told("who may not, cannot; and nobody overwrites what they have not seen");

        System.out.println("Java client: " + steps + " passed, 0 failed");
    }
}
