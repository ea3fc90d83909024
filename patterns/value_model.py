"""The value model's numbers. Written by benchmarks/accuracy/train_values.py: don't edit by hand."""

# fmt: off
from __future__ import annotations

# A number from 0 to 25 each, as a letter.
_NUMBERS = bytes(max(letter - 97, 0) for letter in range(256))
LETTERS = (
    b"xtqhapgpgaekijagaopkedcnmlvqrtmraghrgaxakphgmshmaljmarmhskvaatpawojaojnokvnghelfpslnvuokksoiqplpnamq"
    b"nlqhknauqojrghfboabtttroeusrbffseatqadevularaaonlqcaqovmaaadauraajxkrcqaaoopniartjhhaaaauuodevcaqrac"
    b"nffqcaifohabaeoxhaimjnlaaajvqxiaarsuakakjaqodkivhdiufsgdiwjaimgqadhfauqakmxkdmramoadbqarslajcanauoho"
    b"lrmmjtamvlnpoamrqrgiakdwoqalyjaaqaalpfmsajqkaahaaitqatvqgtjqhnjarpeaastnmeapgtikrmgtqdicjrmqlratrlmj"
    b"lhddxqhnntnarsaamigowjnsqalkahavigfhghcgicajfkhhhlrgyeifdavsnqrtmtasfpmnpnlarttfdhaqeumhqmulftqiskim"
    b"nlejvtmjigqersgrhwjasvaajlhrhajosoikcjdsdfnsjbradaavkqafaouxaaanaaptjbaxaoauakabatjaabaaaaalasvplpon"
    b"agsakpmumnpnoqanblkavkosqqpmqsaateaoqansqppmpravlonbrnaoqaaroorlajulakjaaaxrbfhrqagtaafeeleafggdacav"
    b"sxrqsrrrqprkmqrqpslrtrpnplklalrvtaaoklamsjqaiauupjhjiaoqrvtdsbblqgatdcreauneiaaagnurnrwnnamkaotpaqpa"
    b"fpillammavusnhuqcaxaahcdndnhigncaacauqjqrpprsoaiuiqjkavrrakkkmasqbhilrhcwaasghsqavkjradbhauqdtgveikl"
    b"aaphkjuaslpjecacdwsqghvqqgvafiihsfalirkcecqauobnpoouaaaaukwncanoualaaalniaqmwaacoammamjdacrmoaaaaaxl"
    b"gijxguqnedlekiheinihfjahawrahiyaaasaodaataaagloaaaqgnshcgsdaavadgidtuabpgiaaagaxxdkluqndqaggegufadln"
    b"rgbaeatqrlrkmpanajroptnatqtsmiukkpxomdqpbeiaqqarsmaupofabaoaskshjijetjealhmjjjmsixgkhfawwapdwacasakc"
    b"dcumaeooqkkjcarnatqtnaeqaabaarpaafwqaaalkvubgeueaolaarnspoauihganauauclllevtavaaqmqaeappvaaaajkkwijf"
    b"tigfwachjhnicijieghdabvthjkoifmyadjgmnhcnniffsidbsmhssojgroadksgspbjkriggorfxnbecqmlaeaaplrdrangynmb"
    b"aabsoesuukcjqaaiiiohaskugagakmwrqsrrrqprkmqrqpslrtrpnplklaaornakaaaaiwktatarsvojaaaanuhrgpddcqiosfqp"
    b"hatqstacppauqnmoxaalralokauaafonuaaabattcpnxpaptaaoabqbanmofaanaauiomsonjkohfsosjrasvkagafhawnnmfnju"
    b"nvaauonpearmgtaraeatjdffyehkwaajgjiqapkgiecacdsvjlmwmjgtakmokrlaqkkoakajauunesssdarkaortrsasrsabaaac"
    b"opdkirhejngxheiqsajugqadhgavrnnlumplsaatjpnlfmtonlmanawwkaluahgtaieajvjahrnshaaiaqreaxtaaahaadlksuaa"
    b"rdmaaadatwcjkktlniaffcfreaqpxofaacasgjiumlmafagsvwoqarmfrogagamvbneoncfsacobcktarhstacasavigfhggcfhb"
    b"ajejhhhkkgzdhfdatsambwaahvaaobiukabdppahaqatqjkosaaoqaalkanlaaptlolabaypklltmagwaapmltjanrlpifmofwio"
    b"dkkbbalaattkanaxtvmaaaaanvoeourbpoaoosorraopqaccaaavsfpxnhdkvaciflmgaslhedggbaumhnkojgjoadklgkpbjkqi"
    b"ggvlfyoovdgdrafaalfmemashnaccaalyqfkmwldkuaakjjpjajllhahalnwrqsrrrqprkmqrqpslrtrpnplklahrklmakmbaarn"
    b"qapatpxkmaataqtfpdqmpmrgastmsearhermaltavuolqnbaugaitrnvbageqmbpmoatsopoumjmuajrjlnmawqmkkaakaspptsm"
    b"tkgjahsnsmpjuspdpfpaausanqhndavlatnorpaqpfsaancavibedycgijaahqihdaujehcaaobsvdfswqcemadhgpqeajhkibcb"
    b"gawratnmrqaeaamnvogavurjqakaakvcigtgchlelfcgoiahlexabfeauqghjxgjhnqdsekihernihqjahawlakdxajavaataara"
    b"andddaaasarwhcfudaataogidvlabroiaaagatwbosrgqbpaenbernabsopeaabavmovlqmoanajotsnpaposthukharwaqeneof"
    b"saqpacvoatgigacaoaujhgihidhidakgliiilrhyfjgeawvjmmvkcataaodktaadrenmlaoavoanaqlaopaamajmniadujamakay"
    b"sadptkawrallbarmaroeraaaqoupmvlmcbidaawurjuapplaaaaaaoxefbuecbuaadfdjeaefeacdaaauvfhjnhdkwacifltgavl"
    b"hedggbaskflimrehmabijeirahpogeempdzfehnhecchaashvfkafnpcdecceypfjmxldvraajjjpiajlkhahalmvrqsrrrqprkm"
    b"qrqpslrtrpnplklahoqwalkiiasspraqaustlniaaanunmcnkaasfaqlbsmarqlwaaaraspeikqjfpsasqnkugaonwrogajasnkk"
    b"kpkkfsafkdjmjhkmmpajahazinjvmmaamatqptasarroamhpaputapmtrrguaaqlnrnaprrrahhaauuaaiunqkvaalpdsaaummol"
    b"aamjtvacdubabsaapddvaamdqfaaadawemoskdukaaappwolarqtlsabalrtcihygchrelfcgsiahletacfeassdeutcgqsbanam"
    b"edamqombfadaxrfkrvqhhuaatjnrqaarpkmiisautsmavjjaragmkiuualsmojaajaurjttrmokoeakjipgijrwpoefjfubuglat"
    b"okcaoqrpmtaumovnkaaaquamhtjhnpahtahtlauqthhhakaucaaankammkalaoalbeqjykmaaavslplrokkrainqpooartripmdm"
    b"dwhhqiqfhlpaiiilnpditvoeiaiaxsnrotomsragoonpqirsrqmokogugirswfeasaannpetauunaaaaaaouaiiyaiataajommna"
    b"lmnaajaaitslrqsrnqsanrnoqqaquqlomajauqhtmtafntaakhgivahgwahfchasbqpprojamalqjonqapvgaksaaaxrbgixhagt"
    b"aagffwfaghheadahjsrqsrrrqprkmqrqpslrtrpnplklaipvnaacatassppadlrsqvpaaaaqvrmjovhgomgujiokdnnkoefemevo"
    b"mfekpaunajiftxcapfkhcaaqavpdmgsqbaqaanbcscamvfgbaabaxqotpsnjmlainnnakaxosjanlaaseijlwtnauaaqkjmaamtk"
    b"kkaajavqbeoqpnxiaapengpajoohcaaaqwwftiugegpagjjitgaljmldfdibvjkrltnsaaaaxaujhaqlnajatggkqfmktjfkphui"
    b"fkrmakoisafjiaxtjvuvjmkphgogmkjgkplkhlajbuwaaktaaitaagalvaaadmsaaaoastipgtdbapadgidslacjyiaoagaruonq"
    b"onlbiaeererdabqoqoaacayjloljahaaaasdqtlaxojqahlaivubospfcfracrbpsiashqoacaiaxkihxijetjealhvjjjmnivgk"
    b"hfarxacbvamaraaalbwaacjelaaabisenmovlalsabclanolnkuoaaanlxoakovbamrmpdnantaqqemapaqawdjdbecbadaavkyb"
    b"faprsjaaaaomxjkgwjhgrasikiojejkjfhifbctvgisoieqsadjgmnhcswifehhcaumhnkojgkoadklukpbtkriggstgwfehfhec"
    b"cvaaghifkafnjcdeccezrhlownfmtaallkrkalnmjajanowrqsrrrqprkmqrqpslrtrpnplklaappmaldasabsrsapaulwomaabj"
    b"rtpkhmffemksohgribrlivcdctcwrcrqpdbunakstcwdapgqhpaanatttfhtfdbwaahdereahpqqcbadauijjqfjjaiaalktnaas"
    b"sxahamafuubhhrlgcxaaqfrqsapjjtadbgaqplccxmmgtaasdgfbasrlfaaaoospanoqaaatjasbanlaebxoaaaaaunmstnpjlaa"
    b"aplwqcaktuiqakalrrgmkxkglpipjgksmalpisafjiavojkttjmtvugogmkjgktlkhlajbtpabexaakvaahakwbaaeloaaarapwh"
    b"mfxcaakacnhcpkaaothaaafasvaggtdkatalnrbuaaapmslaakauorggokdapadmgturaugvrpfbaatwcfgrorhtaeqcelqaviki"
    b"beajasnlkmlmhlmhaokpmmmpqlyjnkiauwambvakaqaiacmwqacenjaaabaocaiapimdnaaoaacoaakreaaakizqbgeseaxraane"
    b"cqoaoihpacquasunfctdkataasrqrgavsoalaananxugcspddnaaegekfafgfbeebaawwgjkoiemwadjgmrhcntifehhdatojpmq"
    b"uimqagmnimrdlmtkiiqnixrikjsiggkadkkmroainnfhhsfiyqcgstrahwaagffqfaghseaeahjvrqsrrrqprkmqrqpslrtrpnpl"
    b"klahpnplahmpanrovjravtrnqgalgpwklinggftsfsihnjcvmjsdedrdrudpgmecstalsqeweaphmrebaqapsqehrndbuaatdqqe"
    b"axiphcbadaqtlttoifkpaasqrlgivsnjikqmaruchimmhcwaavghnhbqqksadchasufihtgsmnacsimlhatnilgeaefxtdfgtecu"
    b"naeqsgneajhkjbdbgaxmosrqrrlaqktnwmpanrsapaajhrshnlukhmqjvkhltnamqjtagkjaulgtiwgjhrsdsekiheiuihfjahau"
    b"qbdstdmoxaapbcreabphgbaararuhcfvdaaoadgtdvlabqghaaagauxckqqhmcsaffdoseacsqofaadavhlltkajinahsqusqaut"
    b"prmtajaqwdhhrherlafnefvlbukljcfakaumkjlklgklganjolllopkximwhatsakexbdlrabcedwcaelqobaadathrqducdiqae"
    b"fddniacntipcafayqnnlsmanpaapsaomahsulanaeaxpqglnqrqgaoprwdrasruaaaaaasyijftiggqadhjhnidijiehhebbvwhj"
    b"koifrvaejguohcnnjffhidbumiokpkguoaelthsqcklriggumgwfnhsrndqhaaqhjgwnotkceencewpfjmvldvraakjjpiajlkha"
    b"halnxrqsrrrqprkmqrqpslrtrpnplklaasonlapabaaxmuacaoquaaaaaasomoprmiasdavnnkparoluakioawvaiatifqraummi"
    b"sjanqunafamaurkmqvnqaqgaqhnmnalrsmganhawcanukpaaajjthtahauvoaqsmaarljnmpuaiwaaoklriamntkaiauaspjnnrl"
    b"ovtajmpvjnamqmsklhhatvfhitgegsagjiivgaljtsdfdibuiqksjqjasacqppliaosmaiagaiyqbigpfchlexfcpoiahleoabfe"
    b"axsefgyehqrcbjbnfebfkgfcgaeavomnsxlajsaftjhnhfaorlaaaoasujhgwgnguaagphnvaaogpaaaagsqhpstqwlrhpkikkmg"
    b"grtmoceiaralmmlgeaaaalmzihaokkpafaaarrkmosqaoralsanotaorupalamavigfhggcfhbajejhhhkkqydhfdawolspvlkap"
    b"ainmmqmaotokanalawrnrosolrrjnnomprhmrwnjjgjarqhnkwmgruaapkmongmrqnjjasiukmlimjjclaqnxpimaowoebaeacut"
    b"iaayaaitaainanakaiaaaaaaasrikmqktoraflioujetokugjjecvmkoovmlcqaappnppanpspamhdaxvkmlnkiisbfmmolqckpp"
    b"hjjhhjxtaaazaaaraaaaamaaaaaaaiaajnrqsrrrqprkmqrqpslrtrpnplkladrtjbeiboagmtvasaupqgtefgartopmskujspju"
    b"mlrogqqnrhihphspgkjpifpscoukhwhenkpmhfctattkkntkigrffmijujenouuiggibumbyjppdncnnomjbecojiadogcatqglm"
    b"pqlgwdepklulfuonpehglaupjlluknqqcfpmpokarqmpkidijxsgjkvigiqaulkkrhansnmegetdujqrtkjqacaprtqmsakwsara"
    b"hajqrgmlukglpipjglsmalpitagjiaxlghisgjrnedxsjihdhmshejagavrjlotkhhwchrjkrlbioonifdpevupknvkigsbknpks"
    b"saipnpheanevvipqqnrioeltilpkfiqrmlgdicwesjjrfguxanjjmhnasiiqghdnaqqgjjvjvkoahpghpndqmolehamawnlkmlmh"
    b"lmhaokpmmmpqlyjnkiauqimmxjlfqajlmlqkanpoljiclawjdqfrffkuagiggwkdflsldfahawwjnltlgqsbhnlkqmcrqonikhoi"
    b"thjhnifoaoamsvwejakwkbaaaaafvmmixmjjucgknkqlgmnlikkhefstlnosmjqucinkrslgrrnjjlmhfwojpvqlimqafmnimrtl"
    b"mtkiiqnivmlomoljjodgnopmrdmqxjkljjlwshmoxnfmtaamllrlamnnkajanpurqsrrrqprkmqrqpslrtrpnplklabtnpaownoa"
    b"nrmraoasptedlcoatojkruffeqkrphgtqbrliucdctcuvdhgqfcrjalkhsvebpqmseposasxfohsfdbvaahdopeahjricbbdauia"
    b"kupohmaaaojthnmtptmmmbwatsciimmhdxabrtishbskkraechathbetnoginaaperhoaxreqcaaabvvdfgteceuadhgqveajhkt"
    b"bpbgatmcmpsjeaaaasnxnuanoradabadpvdkiurrtnfmgdiukaimgqadhgautjklwimtuhfngmkjgkpljhlajbwsacfxbaauaais"
    b"brcaafgnaaaqasvmhkshfepahtmhspagwkmecakbuubjktglbsaeecfxdabjlreaacaqgrpqephbgarpqtjwatjoshjebaswdgho"
    b"hehlapqdfxkarjqjbeakarkihjiiehjdalgljjjmmiyfjhfavveiixfhbqafhihppailkhfeaoatoamaraamraaraaloaafqqaaa"
    b"kayrchfufaptaagfesgauqipcebvcsjlphkiibkacmluhyaqsndaadabpxiieuhffuacgigmhcijhdggdaauwdgulfbjraardoue"
    b"akqfcbneaauplrnrnjnrahookntfmnuljjsojwhhjhthfejacjjqqnahrmeggqegyrglnwmflsaalkkqkalmmjaiamowrqsrrrqp"
    b"rkmqrqpslrtrpnplklaarsmjarlpakhpshogsvvommjrmpxopfsdcnkhcpedugasjfpabaqasuaecolauoamopnwaarootnaalas"
    b"opqoupamsaipnqopiptokoakaawrjrsmooikaanqslkhrtriogoiaxraerpidauaaqoesdasponapadaxudpfudhjpaaigjweasp"
    b"gpdcabcuvcfguectmadqggvdajrjracagaupsspqopgddoerwgmhautdmaaarkpeljviejognhejwlajnhwaeihaspfrhreiftdb"
    b"jciprcgurfdpafaxspomujajsfamomtnalrnmliguavuhcfvdaaoadghtvlabqrhaaafavwbinsgkboarobeudabsktnaabatsrv"
    b"kjathfahhjtrpassnmmthkhpwanltrlupalpnorlaqqoealafauljikjkfikfamiukkknotxhligavponhxegaoaeftgotahjore"
    b"dopasojlmsaaonainkkppliisklaakayranlviaowaiklmoaansolaaapjvqlqtwnnadakgsqafaruraaalaapveeayebbtaanpc"
    b"idaefdaccaaarugiknhelwadjgmrtbstieehhcarmitkpkgkoaeluhkqckkriggpmgxnilmiakgpajhajahakllaagaalzndtuuj"
    b"bruaahvhngahjifafajksrqsrrrqprkmqrqpslrtrpnplklaaiqnaeqatkqtftasasqueiatmapmdprwaaaueasbatcakpmqlaao"
    b"asudhgqsrrjaltpduearoqjebarautnpmoqbataarachbnfqpfamabaxoglrkjkfmafmrunlasttajkggkwpaptqofbvaauersfa"
    b"tiipacaoasleqrvfjumabkhqkgatmrkfdadewqfhiwgegoagjiiugarjmudfdibviaspihmaaairqwnhgmuuhaaqasnrgnlukglq"
    b"ipjglsmalpjtaukjawppfvtshqlcbjcsgscgttfdoafasomrftopnvaapaoqnaspoeaaapawwmlovaajraalmktkaamcrajasast"
    b"crlthrcsafpdgveactphgaadavaiqxjnkamkkclvllasqqqshaajpsaioqpairaavkntlaspsphmakaunlklllhkmganjommmppl"
    b"yimjiatqfpjwgicmaghjiwhajqlsgfaiatnmpnqawmqakkijlpalnrlplaaaxraenrcanuaadcbruaqofoabaraxmfqbmccaeaay"
    b"prboahrvaaaaaapvsiquhfesactigmhchihdggdaawrjlmqkhowatliopjevpkhgjjfdupkqnrmjmragnojnsemntkjjroixonts"
    b"rsnnoammrmqsaqtqaolaacuwfkmvldkraakjjtjajlkhahalnvrqsrrrqprkmqrqpslrtrpnplklaapnlagpfjfkvxqangrntkmh"
    b"ajaotgheoocbthbupdugarrfqaaatausilnvklsqacrijvhiqosmjaapatsnnjvokkuagsmisnaospkhjgjavojqspmpgmgiqlqm"
    b"glttrglurievpakmnjhawjmsljwjarocqaahaaskjkksiaenadqjljjalrnnkhahazvadexcacrabfemsbahehgaaaoavogtnoqo"
    b"aaahlqvnpnbrvlnaoarpscihxgchrelfcgtiahleuacqeauqmkcuadkraapasclakuobakalaxqamesaaavaahaavoaamedaaawa"
    b"txgbewcaapabfocsoaarqoaaaearsjfnxdiasabmajuaannpobaaqatmnpsnojknhkmpumriuruqlsahaswaccncomtaaoanrgau"
    b"pouaaaqarhfegfgbfhbaiejgpgkkfzdhecastcpgydfasadfgfreagjipdcaparoamktoaltafomjpqagluqalaaixshikvlapta"
    b"apikomassimaiamewqokoqbbjoamsxpnrajrraaapaasvmkawlamsaalbltpakbaapmaaauwfhisgdpvabhekqfavqgddffbatmh"
    b"njotfjnadklgjpbjkthgfosfyppppodmboaarsprjaeiqbosbboxsdikxsbiuaaihhnhaijjgafajlvrqsrrrqprkmqrqpslrtrp"
    b"nplklaanrxamelfacpqlanathvdcbbcarupdaqaaaoxaqajrbadrprnaanatvgpjskjooawnjarlakrrqaaaiatqjjnxljasaajg"
    b"nomakqauhjaoauhbnpmqdanaampsmfcvvmapnrqaupabcfwbjvaapknqbalpskaaabavrnamrosmsaaoksrlatrkqaaamawucfgu"
    b"doetadrgvsdajpjiacagavkdruekfkaaaqfyheaeroakabaorrcihxgchselfcgsiahletacfeauponcxadksakfkmkbabqmqmda"
    b"kawrgiusgjarajvimuaaarmqqlapasrqalunfksajoulowajomlaaagatqlpqrrrhohjplpnkegutjojfjgwhqdrlnomjavuoqjt"
    b"asqtdjclihsqlmlvqanraipmloqlqrupjjasauwkjlklgklganjolllopkximjhatplntsfngsaqntmolapruhamapavoahhvjhn"
    b"takkgmooajrvpaamkavugmovlatsajmkmsmahrqaakkoguaqokbhqhiiaphvasautvaaaaaamraaazaaataaaaaoaaaaaaaaaaaq"
    b"qaonuljlsaapiuojamuohioaahwgbhlrlamtaaepanjadellmamvaxsgjhugeerabpsksmahqlefgeegxmbgiyhagsaagffrfagh"
    b"headahqurqsrrrqprkmqrqpslrtrpnplklaamtqaaqapaamprhjkwrwlaoilanujkhsfedmjdorftiakqhqbdcupvtaponnashao"
    b"rrovmaopnmbaamavwrdftpbawaafbcsclfgomalobatqfuspilgkaenjullevrnaiehaavmadoiidawaarnpqpasggsaamdawjcf"
    b"fvdhjsaaiqqspawkgidbabcvvabcvaaauaancctmarnfnaaaratiavsrkcaaaatnvlsaqmrakaoabsshomvlhmrjqkhmtoamqkua"
    b"hlkavqeooteyfrcbqbhgfbfkpfcoaeasvaaawaagwaadaaphaahapiaaqapvqeptecbmaehjetmadrhjbaahawxckllhscjaffng"
    b"teackmsfaaoauailiaahasaitcsosavwonipaaanqamlxlaataatkjtmatmkmiaamarjhgihidgidakgliiixmhufjgtavlhihxg"
    b"aataalgjxfaalkkagagaqcajarnaosakjjkolalerqljabjypijltjhqwaamllsjaoskplaasavlslkfdcaeaaunscoatsxaaaaa"
    b"jqwhhdshfetabfiqlgbhigdffcaaxueguofcrwaagdrqeatkoqcefaasojpmqlimqafmnimrdlmtkiiqniympsroroaqkanqooql"
    b"prwnpmkalushmoxnfmtaamllrlamnnkajanpurqsrrrqprkmqrqpslrtrpnplklahsosfumfmbkqspcmcqoukjijkevrmolqiihq"
    b"nhskjqmeoolqfhfofyvimlrjhrodqpljxjgpmrojgekbqpkkmskigrffmixosdmnsmhgfibtojpvmnlhjdhonujmvsrqhlkokdtp"
    b"fklppkfvcepjluketnnudhfkavpjlluknpqcfpmpokavqmokidijvshjkwigjraillusibolonfhfuesmlosmtncfdgpntpudnpq"
    b"dmatamvsgnlukhmqjqkhltnamqjtagkjaxqmnovmpnskjrjpnmjnsonkocmewogiluhfrxafoghpiagtllgdancvwojmujhfrajm"
    b"ourraiumogeamdryfnookpfmciigimhcfnpjidagawkmooiulgkeloosnwarooolnjffvvgjkrshloaipgiqoeqnomfianaxkihj"
    b"ijeijealhmjjwmnivgkhfaxnfjqsqjcnagikqnhakwvigfaiaujdqfrffktagsgftkdfltldfahaxuimkvkfpraglkjplbqpnmhj"
    b"gthwvecawbaavaafehveaffglaalajjwllhwkiisbfjljpkflmkgjjgddvrikmwjgnvafliotjdpokggjjecuojpmqmimqagnnim"
    b"rdlmtkiiqniymlomomjjodgoopnsemqqjkljjwwshmoxnfmtaamllrlamnnkajanpurqsrrrqprkmqrqpslrtrpnplklaepupamq"
    b"grdhqtuarfppugoqfohovfheqboaumaodcvfaohmsaaaoaurjanvnavrakroornamokqmjalaupkmcvlaauaapnjpiintjmjnaaa"
    b"wtktsqsqjlieqqrkromuqkplkhessarqrncauaauloumarforaaanatpmpivaojqaapalnmanwoqqalaauvcfgtecetadhgrudaj"
    b"sjsbcbgausrsqsnraeainovpsafpthqahapoqfmktjfkphoifkrlakoiyafjhatpbkdwblcsaammlonactdpaoanawrjprtpalvl"
    b"anlatpknrlnajatauxbmosmaauaanchrmaarlqjaaaauwjnnunnauaanmlqaaaronbaaaavmprqiqqjjmmrsrqsasqrupspmnqua"
    b"tboblnraapqaufavpqdkaaeaumkjlklgjlganjolllopkyimjhawthlbvihataaalnwlhqokrhkaqatpgnjuaaqsagkagpniabsk"
    b"aaaiayqmnmunaquafqknpmamtnqikhqkwnlvmslbamaarowbsagsoaaakaaqvpcaxbaavaaacagbalcbaaaaaatvmefrnahvaaqc"
    b"mrdatqoaacumarmhnjotfjnadklgtpbjkqhgforfykapbmmaaqiloclpsamkmaomkaaypfkmwldkraakjjpjatlktahalnwrqsrr"
    b"rqprkmqrqpslrtrpnplklaatonlssankjtttapjqssmsnnoaqvhnptdcbqocsedsgniofsabatavvaajqhhtraeqnhthawmnoaah"
    b"iaqulcntrbavapqamrcafqmnaaabavoirspmniiadrpsipqusvjkiieauqadotidovaannouoatgmtaaapatgopnsoemuaanplqb"
    b"aqspnaaaaaxvknjujahtahomlvlapkkqlhhkavlqoqlmueeaaorutkakqteqaoauntdkirhdiufmheiwkatmguadhgargbmntopc"
    b"vaagakqbolupnadapawvaqjtmajwakgalunaaljkakasatwpadubaasladnltjaartflaadaswahuqfjataddaduoaamqpdaaaau"
    b"lovdjraiaiatsumnauckuilhhapwajlwaajqamuaktcaoicnajimarfrcedeadfaaucheefuodxbfcaatsbwfvdfajadegftoagi"
    b"nerqaeatqhnmumfjvaarnlrnajmorioakgwukoqsohjrehnnmrlavqkojkgmfvoxriopmapahrtoatatolaaaaaakuevbsepctaa"
    b"dfqjeasfqaddaaawvlerudapwaaebitcaqieaacdaarlgnrnrfjnadkkgspaijqhfftsfxbbdjebaajaanvxchabwgaaakjasndi"
    b"kujbipaathhnhahjifafajlyrqsrrrqprkmqrqpslrtrpnplklaitrnhkriransnshkfupvjkimjhtughnqmoasgosdcuoaormta"
    b"aasaurkankomxmaerplvmakqmminajaqtmodubakwaarlmvkaopcdaaaaasnjoukknihaforrhmivumhkhraaulacqggbawaasmr"
    b"trmsleuaaabatjdfoudhjsaaigjreaxksidcabstqilmujfjraimnovhaspgoihfkawqlskoomdafiptvwpajnqaraiaklqeljsi"
    b"fsuhoifjrlatnhraeihaxjespwphftcbpcigqcqlqfotafavpjknvaaawajliktaaaqdcjaavarveanuaaamaarlautamqrraaac"
    b"aqxapiupjagadmadqnaaqjrdaaaaukqpnjpnklgrpssrtawpppkmiaasvkooqmpjqajraatlatoorkqakaukihiiiehjdalgljjj"
    b"mmizfjgfaqwgmitmjavaanihrkaeoksiahratmaoiqifoqaaliapnaiismgmakaysaaawaaltakoajtqavhblaaasiosolpnojao"
    b"aafmqavaxrranaaaaozdeaorbbsaacecodadedaccaaartbnfvdnnwaaebmvcashdaaccaaptekgkqcgkaahhdgmafovecclhoxa"
    b"aikkaaabaaqikaxakliaaalaaxjadrrqaeuaaedstsapuebabafhwrqsrrrqprkmqrqpslrtrpnplklaaklpaaoaeabxksaeaumu"
    b"cbaabarpnspqnnmrmotrqntamusnaoamashatluaaurjsnljnkankwdaaakaqnllpwdqawanfactrafmofaaaoasiimrqcaaiaan"
    b"ctjbasvmsaadaaxhaldhycapaapbmjcaosphaaacavqacbravwhaarrgqbaoqmpalaalvqfhiugegsagjjipgaljmtdfdtbxdcru"
    b"ockaaaawergdaupuaqaaalqvfmktjgluipjgkvmalpisafjiatrhsqurkinfsmekjhetnqsfkqhavuhiqujlaoaiuaiomaabwmaa"
    b"jmasptnavoahpaaqsqmtampnpajaaavqnvuponltaqpopmqmprtljmajhpdfhicpmamaehilgsakhytegcantlmnrsmmapaaukjl"
    b"uamssbanacawnlklklhkmganjollmvplximjiatrkslvkmaraktasmoastraoaglasqkkjwkassakqlalnanounagalavrhrnuoj"
    b"suaankhspilqsoalajaujlrhuiibwacmrohqanmnpaasapuuitftsgfqachjhnicijiegxdabpskmnrliptbhnkqrlfqqmiillge"
    b"xkfliqseiracjjfinahisteemjeylknlnkiincfmnolqdltpijkiikyoriktjbipaaihhnhaijjgafajxwrqsrrrqprkmqrqpslr"
    b"trpnplklaalikaakapahxdqahawoqajhaaanxjkhnffpnkephgmjblritcdctcvqeshnfdtkamltepfbvrnjtcapavtjjmxkigrf"
    b"emhjoidmnlmhffibwmjorglgiaaaslsfjaxskhgahagvmcirmmhdsabmgiutbuvkmaechatmgiirhkmnactjmltaonjlhfaegyrt"
    b"ijxhfhpagkjjvhamknlefejcurbrtuimajalqkuscarurapaaakoshnlukhmqjqkultnamqjtagkjaupklmwknlrihphnmlhlqml"
    b"inbkcxsgilrhfexafoghtiaglllgdancwujehpecbuaehjrvmadvhjbaahatwgnoolpgmcjjgjnidgopujebrawdntimeeavauui"
    b"qgoathptegcaamuehivifimafnegtlbokmjcfatawmkjkjkgjlfaminkklwokwulihassfrjtsicnagirivhakmsigfaiawrtten"
    b"efjsaghfrtjcekukcpahavvfshthcmsadjhqmianmkjegsrewnpnlomlfnbgxpslpaqqrheahcftxiietiffpacgjgmhcijhdtgd"
    b"aawthjloifmuaekhnuiconjffiwdbvojplqlhlpafmnilrdlmsjiwqnhwmmompmkjodhoopnsemqrjlljjlyrgunxmelsaalkkqk"
    b"almmjaiamosrqsrrrqprkmqrqpslrtrpnplklaimmnkicivapseraqawrrjnnarimsjlitffetkeuhgnjbqlqucedqcvrcpgmecv"
    b"oalogdxdajsqiebafalupehtncaraagcdrnahrpqcaapaxtrftudkasaarjqacawqmanamaaqsbhullgcvaalrhsgaujjqadbgau"
    b"mgiixhkmnacmjmlhavnjlhfafgvuabcwaabwaandctaagdnfaaapapclmvjjnaaakqjxnbanruabaiablshnlukhmqjqkhltnamq"
    b"jtagkjawojklxjmkphgogmlkgkplkhsajbvpcfivebbxablceufaciihcaasatskfivgdcrarjlgwoaerjrcaajaurahrtnjmpkn"
    b"sadqmalqjlslaaaxbplgacdjbarmgsqoaymlrcnaaaswpghsheiuafmdfulbskljcfakauljikjkfjkfaminkkknojwhligaywad"
    b"dqbdayabnelrbaelncaaacarqapkulrkpakmmaqpanmtgnaanaxudigwgblsabhgetgaskjscebicvmsrknkkduaeontjnauvpfc"
    b"afadszijftigfqachjhmicijieghdabpvgiqnheluaciflqgbqmheevhcavkflimhrhmabijernavioredmvdwlknlvkiimcfmmo"
    b"luclppijkiikxqgknwmelsaalkkqjakmliaiamoxrqsrrrqprkmqrqpslrtrpnplklansuracoahaekwnanapnvmeddmoqtkring"
    b"gftlfsthrjctmqndedldwoamlwoarpaiuontaanppmaaacatsfpiugqcxbbiefqfarjhiocbeaufaxudecaaaarnnalluuhacbfa"
    b"arlbgullgbuaarqhvgavqpladogarmgiiuhknnactjmlhawotmhfafgvwcfsuecstadhggqdajgriacrgaumprnqnfaaaamtuhea"
    b"fwwanacaeoshomvlhmrjqkhmtoamqkuahlkavokluwknkqigohnlkhlqmkimakcwqdoiwebbxacpdesfacpihdaaparphcfrdaak"
    b"adzpdslabigiaaagaqvgnotlqgmcjjgjnidgopujebhbwgpklerhcgahklojuavqtkrjqbbuvkalvkabqaatjmulaumnlaaaeatm"
    b"kjlklgjlganjolllopkyimjhavtejiwgibmagqjiqgajllqftaiawicuppdertafpeeqscdkvubdagatpjpotojmoaaopnmnatqn"
    b"ppokmaxkmljmjjcladsmuiuasuuebaeactwijfvigfuacgjhmicijieghdabvqiklpjgnwaflioxjdookggijectlkgchcamgaam"
    b"maniaconaaaykavoqnfqfcphaaphiglaoopcnepcxwseilukcjqaajisthaikugagakmwrqsrrrqprkmqrqpslrtrpnplklaqtrs"
    b"bespiaopssoiavkrrfefgartojgueedtjdngfvpapkptacbtapuafdroormajwrbvoaopkgbaamastpfhwfdbvanhdqueasighcb"
    b"adarvnhtqfdobalrfqbmcutpaddrcatraghkkgbxaapfgpfatjivacagapleqgvfjlrabkrlugatmhrfwaderteghufdqtafiihv"
    b"falilkcectavgfiqufmaaaaihypgognpafadagrvgmltkglpipjgksmalwisagjiaunjklxjmkpwgogmkjgkplkhlajbtsbdpvca"
    b"avaarbcvdabgogbaaiattubpscaajabuscunaarqgaaaeatvaxioejagacpadsbaamupkamaaqfujpdsgnfanojuiqasiqwgidaa"
    b"ssaaayaapralfaapdaocrcaaalaomkjkkkgjlfaninlllookyhlihavrdhhxogavaooiglfaikjredagntoatjsaaosaaonknomp"
    b"lunaaaoaxmadbyaawpaacjakbapfdlaaannllnsjrjjctadouuiuaooofcqeacuwggcwgddwaaeseqfaghfceebaamvfhimgdtsa"
    b"bhekxfappgddfgbatsgmjnjfjnacjtfjoaijqhffnkfyiikjliggkadkrmjoainnfhhfxhxpbpotgagqaafqeloafggdadagtyrq"
    b"srrrqprkmqrqpslrtrpnplklactpnachooaeljkapasjyfedeoatsopmvkjirojtlkrnupqmrgihpgrtgkspifpmconkhrhenkpm"
    b"hfcvaxuhrktrfdsccjfgqgbklqtfddfawkajuamjkaaakkrnaauqoaaacaayndjjnniewacnhsprcrslnbfdiawpjlluunqqcfpm"
    b"pokarqmpkidijwqfijwgehpagkjjqgamjmldfdjtxoehgfogaaaaqlwiyagmiaeamafqshomvlhmrjqkhmtoamqkuahlkavqmnov"
    b"mpnskjrjpnmjnsonkocmewpgjmviffxafpgipjagmmlgdbncuxmhkvifepailmipqagnlnecalbuyhopqmrhodksikojehprlkfc"
    b"icrehjjdsgafafjsyttaliojghdaapygjsrkhloaipgipoeqnomfianaqnlkmlmhlmhaokpmmmpqlyjnkiauvhllwslepajkmlpj"
    b"amonkihbkawkfugwggluaijhhllegmvmegbiauxgkiuidnpaekihnjaonlkfhrlfvnpolpmtfobgupslparqrteahcfvvmmixmjj"
    b"ucgknkqlgmnlikkhefssjmnrlhpstgmjuukfqqlihkkfdvqlrosnknsahopkntfnoulkjspjvirtjligrkadkrmjoainnfhirfiy"
    b"mbgrrhagnaapfflfaghhpadavsxrqsrrrqprkmqrqpslrtrpnplklaostsmooknfitosirgstrsonkhhavnontlmktijtkltpiso"
    b"mtgejrkbtmlmpnktnjisolxmeqmnqkkhngasnllwnhjvijnimtjhqonqhiimieqjoplpmjnihrqvnporqomrjwhadtknoqnlkveh"
    b"smnunjtpnsikjfdbqkomyijnqijqmorkatklqkiafngvimovklmtanmmlukhnoqqilkpifmkormonfkghmsxonioushhjkehauko"
    b"osnaormnlamvqanravaanmajsollwmjptmkqksrjnpolmmtajjjulnotmjlvjhoknwnglpmnkiikmcwmlluljjtdoimkuldkqmsk"
    b"efrfbtnopwolkqiinlmwnemppsklikidlsrolrlimamsosnvatpqssojagbvklmslloranqhjtmhvnnqilfsaaqknljokaoaalnq"
    b"poomrmyaplaaitknmynkkpggmnksodkomqjlieacqjqkujissfmpnnrsmmnuujmgqgctmpkumjtshnmoitlauonpjnkqockmonik"
    b"kjnflpnykrfstqnjhhfiawnplvoklvhamolrkiprommmmahevnnltmatvaamnntmauqikallihespqqnrnqpanquorqkrrpknluq"
    b"pitopmvmaptaaqnltpapslronmqmmrkoquqjpwaapkjvaaoppnanakqirqsrrrqprkmqrqpslrtrpnplkla"
).translate(_NUMBERS)
WEIGHTS: dict[str, dict[str, float]] = {
    "password": {
        "about": -1.838, "any-digit": 2.537, "any-mark": 1.196, "argument": -3.047, "base64": -0.301, "bias": -0.209,
        "call": 0.021, "called": -0.865, "case-turns": -0.188, "compared": 0.205, "digit-turns": 0.719,
        "digits": 0.261, "dot": -0.211, "dummy": -1.957, "hex": 0.347, "hyphen": 0.035, "likeness": -1.520,
        "likeness-best": -0.416, "likeness-sum": -0.574, "likeness-worst": 0.736, "list": -0.518, "longest": 1.149,
        "lower": -0.368, "marks": -0.584, "name-auth": 0.630, "name-credential": -0.126, "name-key": 0.105,
        "name-pass": 0.065, "name-password": -0.011, "name-secret": 0.192, "name-seed": -0.022, "name-token": 0.364,
        "no-operator": -0.325, "no-words": -1.771, "only-digits": -1.420, "only-letters": 0.795, "padded": 0.252,
        "punctuation": 1.557, "size": -0.173, "slash": -0.114, "template": 0.345, "under-16": 0.950,
        "under-24": 0.528, "under-32": -0.914, "under-6": -0.768, "under-8": -0.339, "underscore": -0.390,
        "upper": -0.168, "variety": 0.261,
    },
    "bare-password": {
        "about": -1.163, "any-digit": 2.780, "any-mark": 1.059, "argument": -1.741, "base64": -0.310, "bias": -0.161,
        "call": 0.011, "called": -0.268, "case-turns": 0.280, "compared": 0.081, "digit-turns": 0.872,
        "digits": 0.112, "dot": 0.231, "dummy": -2.012, "hex": 0.281, "hyphen": 0.052, "likeness": -1.337,
        "likeness-best": -0.285, "likeness-sum": -0.814, "likeness-worst": 0.024, "list": -0.192, "longest": 1.085,
        "lower": -0.504, "marks": -0.609, "name-auth": 0.630, "name-credential": -0.126, "name-key": 0.023,
        "name-pass": 0.219, "name-password": 0.314, "name-secret": 0.176, "name-seed": -0.022, "name-token": 0.208,
        "no-operator": -0.752, "no-words": -2.010, "only-digits": -1.585, "only-letters": 0.379, "padded": 0.243,
        "punctuation": 1.520, "size": -0.081, "slash": -0.115, "template": 0.571, "under-16": 0.789,
        "under-24": 0.851, "under-32": -0.665, "under-6": -0.085, "under-8": -0.866, "underscore": -0.753,
        "upper": -0.297, "variety": 0.111,
    },
    "url": {
        "about": -1.157, "any-digit": 1.928, "any-mark": 0.342, "argument": -1.741, "base64": -0.310, "bias": -0.126,
        "call": 0.011, "called": -0.350, "case-turns": 0.124, "compared": 0.081, "digit-turns": 0.602,
        "digits": 0.386, "dot": 0.025, "dummy": -1.502, "hex": 0.364, "hyphen": -0.103, "likeness": -1.114,
        "likeness-best": -0.213, "likeness-sum": -0.425, "likeness-worst": 0.062, "list": -0.234, "longest": 0.523,
        "lower": -0.284, "marks": -0.465, "name-auth": 0.630, "name-credential": -0.126, "name-key": 0.105,
        "name-pass": 0.122, "name-password": 0.075, "name-secret": 0.192, "name-seed": -0.022, "name-token": 0.364,
        "no-operator": -0.465, "no-words": -1.105, "only-digits": -0.949, "only-letters": 0.295, "padded": 0.243,
        "punctuation": 1.139, "size": 0.424, "slash": -0.114, "template": 0.364, "under-16": 0.495, "under-24": 0.601,
        "under-32": -0.820, "under-6": -0.412, "under-8": -0.565, "underscore": -0.582, "upper": -0.326,
        "variety": 0.543,
    },
    "token": {
        "about": -1.480, "any-digit": 2.265, "any-mark": -0.228, "argument": -2.124, "base64": -0.296, "bias": -0.219,
        "call": 0.013, "called": -0.265, "case-turns": 0.123, "compared": 0.045, "digit-turns": 0.787,
        "digits": 0.744, "dot": 0.014, "dummy": -1.657, "hex": 0.478, "hyphen": -0.182, "likeness": -1.412,
        "likeness-best": -0.328, "likeness-sum": -0.660, "likeness-worst": 0.230, "list": -0.225, "longest": 0.066,
        "lower": -0.166, "marks": -0.557, "name-auth": 0.612, "name-credential": -0.164, "name-key": 0.098,
        "name-pass": 0.201, "name-password": 0.095, "name-secret": -0.089, "name-seed": 0.011, "name-token": 0.563,
        "no-operator": -0.465, "no-words": -1.005, "only-digits": -0.949, "only-letters": 0.035, "padded": 0.258,
        "punctuation": 1.058, "size": -0.035, "slash": -0.125, "template": 0.379, "under-16": 0.161,
        "under-24": 0.455, "under-32": -1.038, "under-6": -0.316, "under-8": -0.602, "underscore": -0.785,
        "upper": -0.454, "variety": 0.113,
    },
    "bare-token": {
        "about": -1.304, "any-digit": 1.611, "any-mark": -0.806, "argument": -1.741, "base64": -0.746, "bias": -0.310,
        "call": 0.011, "called": -0.356, "case-turns": 0.030, "compared": 0.081, "digit-turns": 0.631,
        "digits": 0.652, "dot": 0.013, "dummy": -1.596, "hex": 0.956, "hyphen": -0.273, "likeness": -0.992,
        "likeness-best": -0.027, "likeness-sum": -0.649, "likeness-worst": 0.224, "list": -0.234, "longest": -0.016,
        "lower": 0.278, "marks": -0.595, "name-auth": 0.377, "name-credential": -0.213, "name-key": -0.377,
        "name-pass": 0.122, "name-password": -0.025, "name-secret": 0.680, "name-seed": -0.012, "name-token": 0.686,
        "no-operator": -0.425, "no-words": -1.002, "only-digits": -0.918, "only-letters": 0.378, "padded": 0.274,
        "punctuation": 1.065, "size": 0.012, "slash": -0.114, "template": 0.343, "under-16": 0.527, "under-24": 0.964,
        "under-32": -1.434, "under-6": -0.316, "under-8": -0.601, "underscore": -0.808, "upper": -0.317,
        "variety": 0.017,
    },
    "key": {
        "about": -1.157, "any-digit": 1.594, "any-mark": -0.385, "argument": -1.791, "base64": -0.207, "bias": -0.430,
        "call": 0.011, "called": -0.346, "case-turns": 0.258, "compared": 0.073, "digit-turns": 0.486,
        "digits": 0.327, "dot": 0.012, "dummy": -1.356, "hex": 0.124, "hyphen": -0.356, "likeness": -1.103,
        "likeness-best": 0.173, "likeness-sum": -0.017, "likeness-worst": -0.500, "list": -0.234, "longest": 0.293,
        "lower": -0.556, "marks": -0.580, "name-auth": 1.532, "name-credential": -0.126, "name-key": 0.782,
        "name-pass": 0.122, "name-password": 0.075, "name-secret": 0.192, "name-seed": -0.086, "name-token": 0.364,
        "no-operator": -0.823, "no-words": -1.018, "only-digits": -0.822, "only-letters": 0.314, "padded": 0.431,
        "punctuation": 1.056, "size": -0.221, "slash": -0.215, "template": 0.334, "under-16": -0.027,
        "under-24": 0.235, "under-32": -1.444, "under-6": -0.316, "under-8": -0.496, "underscore": -0.864,
        "upper": -0.865, "variety": -0.051,
    },
}
