"""The value model's numbers. Written by benchmarks/accuracy/train_values.py: don't edit by hand."""

# fmt: off
from __future__ import annotations

from base64 import b85decode
from zlib import decompress

LETTERS = decompress(
    b85decode(
        "c-ozuhj!#hvSb4yv=#ue{{Kh!I+E35c3$nC*V9wYA~O>q%+1X_JowCJRW;S9GdQn|Dm9$Po>RP9pQ$TjyHSq{)tWSHQqd>XlO5qw"
        "YF2d@uZqtlT-n$&>N;Y+RtaGg*J`X;rIur}A*<Dj@5bt_sBO;K%ehA1v>vCLO&#a8qUuT&UcReVuB4PY)Z$zI34L$;sMPFKpWa%2"
        "rq(LFi`RCwXRUdc)5WSyo#nC0C7&a&@>hGDQhh8HRPcQA5!_`DxAZWFyFIToJl|?Ys6u+e!L(CR$JTgPRDM?szSt6bN`9(z#axR@"
        "y>;VMIPTI^{CK4pVXQh0<y%mSAv)$YuV$uiHhb0UsnnP`oviqDp(iuj;db9si(SnglaKZ|9$uYi=HW^uXUgsK;1Pk3yqwY2*xk5Y"
        "c^#~^v7687^r5biWyhu(x~5#2d!JJuR<&~_+tP}9HaCJxIiCKS$ve}|K1{c)!C*Uic(=+Iwl3`c7>CZoZ=Fq0S7=JBvK|&RD^;i8"
        "07X%<rkk2fev=(hkq=_mOIBupnY3gitWVw;{uRn-t)|Aj=Beb{qt%*fS63`~>sh|1dMTY%2Mz3&QV$rhy(u%5(&rgZrHwh%&V--d"
        "M(@4V9#Z2!Blg*At}#Rv`^6gyU!~!ja-gMp>m85aC&$>f*o>OT-cPmi2||>~tLJ`aFdI|>+^s5IUF0K@y4J{cfiafA?ngedbtdnM"
        "fvo0RueFb&+;Yt`)817GA*s<e>teV2&CVOkHeSKAqMPMi$28aJ7@?{*_@zdy{@m4m+@l$LwPr4*owGx$=z7>sVqldG@RjxAKimu;"
        "^B2K+Bs5y$IeU@uCeIpmU@ZSU(K!E@)$(~n0^Oc2JF7j2y1TOO!)t~rZ1j|Mi1Myx@&IT<c3&OF9doIzns=ep^Bf`aaR>WiPP4Q+"
        "V(x~}BbIw)KPou!y;N{K+Z@TQ5b9IX(dx!(H;JvJRxKLn6g9$NbNo5|siIBZ`!w8R0#SM2svbA%45Id9Uy1lGEd=7SzaO5}*<Jwl"
        "3PkQEixIB1nR9_M)~4q{z%FNvM6z0YjPV2>V7{fsm}|XcnS2Ph^Li3wJkNTY-R`_QjXl(MP3uE(I(^jPP0Du9*}-1!*amz!iZ>n7"
        "2*ZrJ`Ouv)rRyheY+H&vMAg`juCn>$#9+5k&aoDe#(<r3FxLpnu(%=Je*m^B%sR+$-5n+y*2h&OP*h%Ubv=%~xiWOCmc<!U?X?27"
        "oC?T=W?~7ffzl-lhzQ=f*ZfpsnvYgn+Y~R=Z<sGv(kPi}TRqAExZ?^8Py?Hslg@r+7H*Xcvk9BQ-vGcLT7OO(z@j(aHC2OgFR;hu"
        "W4e>)l_8Ztn6r<C*?7V;pJRZwPV6z;p$7jKR@qC1vAaEeHV?>!KKyza+Yo3u$CYXnO7W1MPLl+Z82x<*6_>I+%bjEazzz<Cl}Q+<"
        "dIahG?TCTQp!)GmH}l>>!IWUqde^+Lfm$tLKA6i&e71(%E@AzibT6`F>DuyH@~#J?-FCL6TUmJ^`(<piYr83blDTXM<`>z9XAPA$"
        "7Rj=PWg|e;cCc44HXFyHGbiCgm{Ss2oe?Z=>Qh6EGbzJ6Yl?7h?y-W)qHjlT3)?1qFeh(gmTwwmH?MM*)i>gxK=ANWsZH(h7d)!#"
        "lkGu9-<^)hKt%RD4AD&D$N^w`0d_P&fZYK074@f->oDM%wPDpyxX$MH1LLP@ARLdtx(4s7C$mJ$ykh<nux$@4ZjjjM8PFgv9w-!q"
        "x2fyVQcXyaF%yCTG<38GA-qa#nUNZ@ZO_-H%-PabA-*|EEi3u7AR-@gQg=&%$O&rH3MI{80L927Rli0(s)j$-P?`KoK8<ST(j^P9"
        "tqP{S+;$!xaxc+ln}ZaVKkY7?H?BjEyX`Cku&fQh+2FQ)GeWSW{4O-3659Z1S10CWAlL59G`o!`r`;5%`07!cCMA&pU~DL;9ph!}"
        "4r8~Mu}O@_L&#h&U89fkaU3s$_uKAzy)<56Y^JdF@@4FKZ)J4TwyI7z2@ZjPM38LiO67`;6@#(M92qVsW7-ugABcPa+N=P{aKBhp"
        ";|#!tPQ5kGx`TgJFcAhL&waEvr@Akn(iL_Y9*E@6qn}7h-gU`S8eg&0N%=&a9n14&P@kcW3Tj!f7&n3oC2)4hL}gV(SK2oorEXSl"
        "!PxP|wJOi4w{`9tU_10d`Z!s>UDjh=+Ij)@{Q`Tk^1p#Sf{rfr6G6L?bsR~s7IU7d9>4Tyvpx46av1i~LFruggKwOls(pImafv1c"
        "*bZQa7uf0g6R=CWiDKu}7-$`m_;?9M7(1sug9K81i{ug2TO_X8)KQTJ%_FE05m^#LA$mX$S}mh3Y6xtK4u?-bEs<{p8^2uk7ulZ$"
        "oef3@5+tQ$+0r$ki`lzjp&H3LtIB|tNa@A5+{#TfeXIv)UnxoAMD9Wg$Jzi3Y;zpEfDEo*s=UusMmUz_qFQfW-`kAB+01=+_5-l{"
        "3+(X%8$M)bp!jpm-LyfXQRzG|2qkR@2$Y@<{c6@OA@kft3)YaF8)^}*>hfr4Wm0eqIF2M)kHpbEW`b-|PT0nwP<+2@IkneoTZSku"
        "AQ9Ea?3q`&WW7~etO`Z~u-nPMk%*g+GdNsAio7VH0tK>hJDdLq6G4@cB#yi3%H@U*Lt}SW(~*wbLJ3XVSS6X`5DqutTt~WjM($;j"
        "N*R11S2ov2Z!%)D3}4@}EIg7dIwcSO0DJL4AKp&*_>xivWmzT+(Sa`DmdS+dV?j%`)nZAq8qJCa(3y7y0`wvQ-pXpwJT}C3FA{9A"
        "`63j1AvVTWV;hHO5{+%NzR7Ubo@|Nr;}5`g^~#bNrvST>O8aP6mBF{GCtogWN;1p45{^tFAu`i>m88#rB!O+5p3kl-MrIfLbk!pn"
        "B(pfFyzOHrv1%h)Nj(igKC*{IT+SkZ9t6po7{}>+yr(ET<b)US&mcSxL$>WK4S7Sb)iWD{q!f9UYWI!KTWHs+jQ0+5z}ZF^#BCSq"
        "EzUe%<t#iW@xrG~V?xs@Oq^G>%YjySs{l`puXv`v7Q`n`xd2j6x`Z8YGTS1gg$11~uZp5Ik0c+D?wufZ9vkUSG&Xi~_a96Ouj}Zl"
        "hM3u$I?sM~G-xZW$bx@7T0r7mSpOjESPfDN4|C|=GO9=y<o{L)y<vINE;uBOJb!8IOEh+N*Q>GnqxS6r8N#<wM9J<?Vc5+Ln4A2d"
        "B(nF2-H5P}7=#=jq+227rVejr1?E~K1Clb;efR_AyM4{$hxo=Hy(+b&#|LwhJs>$3TtO8DudUPDJ}={NpC`cn(b(g5@G)EVTZ)8N"
        "iY%nad^Pr%hWN2s7@LJPe2y@-|1$QkZezJKs*q{LfVM;jphuX-A2l|vRK<g++(d-})_4<MYV&>8V3P*OVHBp|wjSMuEt&h>cRuFW"
        "0CpJs^}yvfm=~IxIB|;^f7RZ>W|D4Ndsk;U@0*6%oG3j|Oe{U@EHZPg&DtK#j&N_9;i~HW#5@|3aoqPOiR1<VMw8Kc6k0~y;k-mP"
        "iYph6#d>Vd*9MYp#>~~r#@2{j0hJh5f+><0Qh3PY)m0W5w&klYuyGe*PM_wregk{{02`0IAy||o4yf}cRL|Euc2#ediQwkLclNOo"
        "k7WvAwbU96m=Ev<c}NmBnF-_z_m+-r3WtOPlUp5OclFBrM44+GR)?-ngjR$uK+kr*2{8tQx#eFRe@$e=7C$}*T>p*6zW8J*0qhBL"
        "xS!d-#-~V3RF^=mDz9x;ft}$`_p4zZk(rN(EBqUx*|C#5S!1lM_wV3Y^M)e5@cmJCIX}zn=t%j%)0{yo&CZ-BgTHSh=JCXz3$Q!p"
        "alXLD1r%RXTMi=%;t?fBguk3?**)C_KLB|E^C6MR;XZBc(C*VntCRG7zl`04u^BMH@_&>f@?T}eo%eEK=q^NagOg0XLv+~~JqMoF"
        "5<pk-<mv;@x{hknx#MW!Xy=VzwrD4z>B`@+RflZiJcxevxN2Wu!%B1Fm!WzT3@~;V{Eeo8WY%t7N^e!<GN`SsHS*9QNor|lrx~QW"
        "eYk{enAt@ms_vPGHuKz<`2At>tFiqi;qahD*o)Us&V0Yqld$C#9a{oj*wp+5Xr~k;2_h57mC;Pc#_*aSjqTP?Rb;j881r~NbKRsy"
        "v_b3QOc*>G`#J<O2PhVejaGj(_ImcvnoT=_qmROV?4yZ!#7$UC8$Q=%97kIN5jbmymOQEGAj}c?5#BoW6}J_l-?fAT(H6ycMWeDW"
        "F~(BE<I-)#Jcjex$hpw+dE7gZ*UI*KSlipN_JhbiHE0C*psntN-lyT032tN$dj}UYngyu?oToMuGk}pAaKCYOqpz<N8J}-e<Tc$="
        "6*;6Tf<oA~>;6_n`lU{9R*|ZR*RVN|NaTI2Kgr^ZlUeT}3S+MXV`qzgIU4KMtT%TqGwkP?_wyEweSI}{_?O1ce=7H>L8fHKS%3$_"
        "CxY+y;7ejYi9E<Iph7CPA})fw;8R3iIo-MlUMG5@fi4aCE_ud<Mq)XzgQC9rz#3=#*N$!%RO11rh)0Y@QH@nqJ^Gv~!tH)bkKN(;"
        "*mY<KJ?}F{y<BX0s+SiWrV%2NbK+AFAg38f5l2Qwip=p!5!g8lkL??f51t2Qz;hf}g8?>YNc3VE^<KZ`vApK-8K*X%)3&~Ee#`pY"
        "bTH^}b{X}R#{+i*QIWsoeyO&;QbZixZL$~yQ>|2Xih0!>n#|TQ+l|Ak!9hjF^qI<zyv3}gBmpYIA^mc~z$}jBqRtu?kY2io2ez26"
        "R)s6mf31qN&s!D2NQ`>Lz-GFfSS0dBky=K?8NynlkgQnCl4^&B?(97_zOzZ;PDUV$XDAtxZTtv{vB(WBd5?H$`GN3Nxyvb~%6(0;"
        "?&mAah)j`{PW`|J?oF@>gU2csoIayiNW~Lk45eHt%8^6`f3Qs@>n6zjxp)|P$Bj*kg#z=nTF(UiTX6dI=0^D^{XB=~iPiZZfqnGp"
        "x6^GXLNYKoSj6dMf3Y5gv>BEMS}S2oOl!GY5|teleya}ixEHwZwkNnxxPU2jp#UbG=~^e}nO81r5te{0Z69Aza=WZ9Pu&aY|0o89"
        "4>w3sHTQ8=<X6;h(a&P97J34L&FC3jQ)R30HlPHKcm`RIt%itJ#57rzM^2>1iRW*91~e=3zfU3o^?+F=nD~K7eBh51iC-x)B{Zat"
        "Z5<!l^LaeOJA2qP>?!9~S4R`iVC{|T6al|Eyq42PJ+D<mzL@gZLat#9j7zTgn|xlEtFmgYKv6E%pk3?0`EdJv4)41*>w$Vb>JunA"
        "n4aw38aTMfCxwJ+$f*ZzE}kOV?mtM8M$UVD)D22Yv4QD|ig)1h_LyomBrIjviaQ)S4$O#Ddv2fOjN+F`WMof7Ci4omxcPFiMx3ZL"
        "uA5~Dcle&e=nFo30R7rc$bpSZITE<`)KYtZM0{Jj%b|~GdS`+RSl>vIt3{C_`jsN{FDU}t;nC=QIZOt3{YVWR&o|;dEP3*)u~Uq&"
        "NrGlYW7qWuU~ec<A~6?ob?U-Db)H8=hM|Z;Uuf(WI$3u%(b((N*y}p1X?pJ-v24e6ZWZjDwG1^LT~J2HCR+56(w6nz?b{|ATZL7N"
        "m6$7Vc22WSwgx#q$L>Um9FN-ibi-~#-2I6ZnRYv8F2>1$*V%1B4x&6oJ6_jUikwTzeeHUs$lNMYWTrjU;a@%+`N<37lOr@FQN51f"
        "R_~Lw0%0rsK6ykrOxE&tX)detZ}aG1jZIkW`e9q8NHez10JM=BK|@F<8-~@V6fqJ}uYe9hO@$5bfND2!8<<Dl&j5TBb-R<%dTnR5"
        "43;mZXAyiE)<cQoK8!8)<iWKa`XQD{K4@&dKp&BuPU{cUVifb3+(&y7$aS60Jy1EY5&D6+*&OnaY~|Nevcd8n@dmnyISK01cdM6v"
        "&mD|DhmioO`?+2F@UdEOx8WV20{bDm=0l{-Rv*T|B586wp@N2V-X3xwh}1s}#Dqtaa(-Ei8l-IKL^vvvIx<A7Y$@;`@LtSe6n{g_"
        "b~0Lz<@IoZvK@*t?KGc`Ai9&5!v*MzfF;$5QA>X|j|c@4QmiVFHEl8DBI_oPNq$Pz<Jfb+5S_;|YIrT0g{@p*uE3@&SgHAbk3q!^"
        "Mg&Zi3MeryywwV{NGg(36B455VWl{}&TX*jQjaQ9NyfUIy}IMAij))aGvrvdN}UZouNO*=<nD||&yz3eu_Gkcg~?jyK9f3{G00rc"
        "BLEG%Q^#N+)f`7T`_0mW+V|9?hk8bTxziVuVdERvW{k;+7#LM|+fS$GvH9KAzMIt{Wdy>*fYQQ@4+K|9QzTX<Rii(ye`;(yUya?r"
        "=JC2Wmxl=?#9p>@fr;_j=8ahH7qXtsRBS5yft5x<Ov^sp7~$EY$d8&u@iZ2N#nogcOo@m1@oVoXWk9JsmT{<y6|>KYAVx?}gMhKV"
        "^b>MnQ(#Ovpveda1P{{8jS#=U=2;g??N%;CIf2ciyq4QTu5HQzvy{w-9I5y9R$Tbub)M>jq9z=2-Pt&_`}csRFXI9W8-L8>+{Se0"
        "TNOdqPSMywH1@Iqz42B>YBCSL3Dp~<=w;vHaEMV{ii*GTG1u~&h$Va3Y?znBttub>RPIwG0y%1(p-nBdWsD385UkX6U>T&sa7xW#"
        "?sE3u;#XA)L-Lt0_N)gl=%oqQpt;EaskH5Tim_XiYO5l?H}w<~yX;CL6ZM6(9~0pmu)?<-RpP3I=hxW*&vdT7M-n5RtzQ~7q_$vN"
        "5H{|CWjxNiK}|OrySy5k(Ca>}Z@CX^P~DpxTyJ-_Caq;(e$CzFSBkX1r3mJ6fwH?+ea&H8L}Ty6jNM4PMUnbONnIn(L_w3{STv9>"
        "389kB$)nP0A!L{W-awJirG&u*_l`~KVjk;Z$SM0I`@QCom4CdHq(j)_#Ws%Cnw({NOq?qX#_dvP%ab3WMXj8tuxjjhv?0CbQKU$X"
        "ACxd#)^zo^aeGpRt-nQe#bLDAAq)(*=SBmB;2>hD(Zu((MJOeAaX$=d7xb_VI1V=NNxE$bv@*?4?F6Uo*H_@yYq$nupX9OmGB!El"
        "%h=FYL}ObbWumdGKd%}r+DactHe^}y(t(tV&*Ky)g&-^LDVazgXjGL_mu`|a+k4KxuUiK(kKt<`r~lhLUVkk20WiFj*Wr4a%BJ(I"
        "BtcWAv1cj!h8S2?7`u1<7T44oj!zAdFy6cKmvv2KmF)6laQ?yvA?F6ZGUM8qnD~^d_%@KqCZURBOD4`qnpxd3cNJ15R&Sq1^fx)A"
        "h{cd|C_*6&$MQqVp2Q_onctcHx<L1{GX}AKiRdGJo7d1?#h_oLVvIG!%+|d1D>4}JKC;I?e;v@w*F2I^o18qRu%l~a4dFS|X;@{G"
        "8lhrs(kXT8x7;UZdG7%Z8>!}Fwi9P87F?Ho@T2}dnRqA3<>zoxO-;(L_oPEA6);J{IkCO4TfjG`jyzf*kxw5t<d^r7-nIk+QF=wz"
        "D|<R%GTLln9!WX|vlH~M!y<eLqG~<}=b=z&a(qv;OKKC>Pxzom;#3-UQ=4Mhn^3QNhIN4?BT}TgP!fs5iOo*%2C24fn-`7!R0M?Y"
        "{S9SNUqKFIB@M(4a#JF{tMCXo6rY0PQ=2`JA?j-6O|9WNoP;k^`}`iMdpS~{*61?yr}9rZ(k6>HDvWu$ww1AM<r#+y&)A%ZK#Ofx"
        "4%;h?9sdaI+#e<pwc4>EQi!$}k-L#NK(idPsPgb1-;t-i_WTyBFH=2;D+M<rLPmuyXK_Lf&HMaBp)2KyOK1jbXT2N;L*H=zA$=nV"
        ";H3BKA~DD*9!YoG^}TuFLyY1Ei;nQtU@sn-@bqsgCHX`(duXpczL!W5w8ms;=0d>u3U!GTxx&%c8T5OQr$0EkvzNCMt@Qo_?D2n{"
        "Jc6IRKhmM2cxz&_ww78V6+=YEts!Lug^o!AGl->0L5YN@;>wzL`LZHZ1(n9{k$Q`@vGgcrFRhN@H0b!^wKunIM~~v7r9(jqj-$=P"
        "@6p-OqBK{sHOM)#0W82~NTmYU{P%JnoG@#I_3#F;U7m6{Tl*5jStSguy|984#x|%ywo^{wK<Bm0dv-G!d<u#DC7pD<tQaBhu-Rsv"
        "Q`NqOh55tSBG%tZ#rz&bs=xn1yBAT;B8jV8a+tV^b-cvhX0xyP<6RgMkaL_dCY3HFbpX4}dBRcbybPnoQ}Ye;q|LaGm3Bd?WB0#L"
        "9^0SHBTs2U1v1Urtq*r65{m=l%VP}nc_e=n(l83B*|r_~s@GINfNX39C(>X_j+S<lgsSX^o^^xCl$Mjns14|j&=k3Hp%2&<=+`gl"
        "90Rl%AqWtaTpUtO<a(~8;bCMVVCwd}M!{M?L^eVB>JG*oV2-$uKh$gJ@-9-lXPw`|5Tm_D4<h<V#22gF*o+{3Spz3QYO@JP7Hkq@"
        ")yOYa`YIbKYMvk6_pNPk$)-cq80qtE>y*(+v(O=ZhC<xcy-Ua2aNIkbjHx?C@w1Sdyx@Lzl!G0+R~pDoqzK^A>TURR(aCGj9TS=#"
        "EM3V?%7mzf6rcFQhE&Z5PB7<WdHYYVi218m<VkjE=>ua*60q;Ppu<PMUQ0<=6<*s*iysdmnFlZ*&)#64&3`J=WP01~x8^Wlpb<o*"
        "FrJ7H(#I=BRvuDM7|#n{-!OZJ_~l8GBK?9`XJBR4`&k5U(YvTvb9D0Hg!lJTO95F9X#P<Z`TKz81Jm^a_ee3P6=E3~3=K->+5fI8"
        "Vp&qXl1^IyG<({ye!)8*K%LYRowF@l*tsP(J)&xL(H}S~vc|m}tw#Tl5+PM@&akx_*t*~4zNd^M<&nUM+vMQsN;%@_EkW%Q&}-nS"
        "gkx46Vy!`6`&m5-_?$T-<YC<Fr`%WnD)(K|${^*wYe*pCC}B2UGu&2U$&7HF1EL#Pyj>rr=2_Rl2Vfqhn|hev2Q=+J4rrd1GGSUX"
        "^X;BkMF*A~%1&M`#$k9g`ArvNfwY-1A}aF^Ad&W-pFw(Mk*?iJ#hip?|LBbWuR86{8HX0tnWS<6wmXQAUWEA>OBpzD40wrhm~mak"
        "hdyj9O4>^>jtyqlPWtQKs)#?`@3z(ZuOoH#9;w&-o)z|uO;h2PvbUTD{4Vz~O;q=ka^L)x`<~@exPq?e-WW(L>|jnv$7$~ifg?w("
        "mo!3K41(4sih1O*gzNn+J0lO-ILrk)8qIM@9s4F(UvC|I`hz_)ZykHRz)tVUWByNIOSvz-<v!`UM}D{VmizAiWx4OHQo?AaAGXb<"
        "x~_GZ(sZ%q()L8>C~R9f_Dic`f4U<U8Yo{GnScf<()bG08c9{k&LQojHeu14eRVER4?u+PW|%{kKDx8D&O6g;Z!^X@2C}s0UEW19"
        "=ZRgH{x-Ew(CjWHeH2PePg41o)*5+)R7IrRH>FtD7gA*S@pktuoJhkb!Zr@9RxxkWHeuQFcdv*XgNlwS?xXaZ&9`veTihjCu+$lA"
        "bX3u~;)!ZUOJein?0zDc`nUT;t!GPe{PRs5w!a5X?QN=9w<kdJ+XItR6b02werv(RPj93kDcDKhk=S+w2PP!9rRG*P3?5TPry)~`"
        "${?cs_sOIGrxf|TQskaCVw&wM4`RNfMM-okN9?njECQd0kS>kf*4SR9=hTN-PAf~}m2S`n!eHj+#HQalUO1jj&O~~-H{LA%K?+>$"
        "s=Io=m>21XblkrcZe(gYHHeVz*|q~-GPNAzulIh+KQ;Dz+g3$mcl`;fZqgvvTr4{}6qy9<U~GKrPupt$-L^VonE%hVRV59_;3|{y"
        "CJKX~N6v~nZI{h;qPH7{=se&#CykU+@3^D}(5#&R2WptCDpW^abu3Wa^F)wevL^|@t(!D{iCQkM%f2DmQ0v3hw#Ma&SaEGgk?9U8"
        "F7WInjhYgn;zo@Ga5+WRGGuA58ui;`_FRGe@^1?qs#Yve2rXJR^NNjhmezSn$N8E89W~D;L7C^<k1aQ7l0DrWNc85dgsW~ge0r&G"
        "D-Q1<1FS0Lt}2JEO+<mekpLp80gn&TjH~8dl{6Wu5!I2UrCIf<qevEPpj}N1{EvediREndcrhQ#bx5ueV=@+NwDz!^oTye*y7W;J"
        "%gj2=9cj2rznR2)-_HYuNoHTWJx{&L@ob_2=GbmD8>R~B3N06iJD+do?vyiN(y~~Xo-yB&S~|Knn0p}<1{R>7Hs?f`UoBv1P109+"
        "cuf_NZaW`0!OBnDYFOvBjkE639IG4YW9X*dHs1R}=D;ybLY*5b3#>}v{*Z7tx##``b}*<)2a2@xY&_d`NLfu91oQRmR&BSG0fMy0"
        "U>=v>M5WEwJpL~C#m}F*`)0?Mch}|AZrGqv(0~mJn9JBK4a37AD99rq<OSQ1b8{l0q$f%FnYac7DLEmqhHa5umU{s`rVCkH-#%SA"
        "D8XBWkRcU<wA<vam29wGc3JIBT6X0IO=5H~#rbn{!5_M;AB~ObI7!FDNgaDk!W#{s1s<Xyq!4Y269IF#I6^6CbnWWAfSyOW3XDQ*"
        "XY|AAv4pX`xY5iQq>lagbJV+9J@>8d&a@rhrpuIyboC*Bbv7AC`utQokj?~fCrQ88EMBU{VFBK^e88SQVxX!VT^>?wCmfpZUtotO"
        "87)IyMEU4bijDP^(&J+2EkQDG32{nyYZ1pBcoz!$KM!brp|Q1Uw@GfMw_}_&W{b`u<s{}tKo-}WelHr}1aUTQB=ggc{d$Lpuf$Vg"
        "xGuX1e20@m_?qSFA5sMQfW>24FQ=4W1Xt;sGz{<OUZnW?yN*4#Onl}10y|whPK*i5&oCmvgti;GIA;%@uM2W#k5)QxT=-TC2!tSa"
        "5ygQ>UVaEvDNP6-;8$F3U4+1<wEZJvqisc9oN5CwZ?aqa+hxitMr{(ssmzYihCZZvr{s16t1YUb`;ns*V{^EVH%qk~W4({YVr5Mx"
        "?@GTnXrv<TkX3SK=p<#!t+{cDw&9HriRG{#DNRXA^1BoX?Td}8seS7>D=SSD2F8{>ml?-P>e%b2S46s<rEPT{`k32u?0uE}y&80%"
        "9WA`-dTTtfU9S`|alPGr*FU=ZW|w}X9$eNVoxxkAejA#6DW@>5EiXOL4&V1SK;Hb}lbqG&xA0IU**Ah8l`bvlpuXixN-e;q)gl5D"
        "JtMb9y{!j>-zD{9IdRnZI{TTY*;Sq~<vx;7rIgoM=``LB@%=qg=YPNJ*b(Ze@%h%Vdl>Nwa>Pj74Pm4yN6AJi<RN%c6PcNeMh=&Y"
        "a#`AMQIoc3#IM}@$-#=bZ*LEuN14ZNmvh^#kQ4<Wmy`5L39^=(5Uqix|9Le`PFCv(j6Omqo6Vv1s2j2x4`j|qE*i8UHw<>~wX}b^"
        "G0!vk^AkgUdqr?Xa8ztZoY-2v5kBM=_UmQrf0z57KLR_t_j(KI<~c-z$|WT)n97e2Hft?KD!Iw)x7f)na-@E>bMT{s44>jWtKP1j"
        "{S;hY6B2n|^LXMxio-lgp8)3ZPQG*#-|K)Q4ifY;0s_D)b78K!9H~pa*SIyeC0q0!sq=S~Ly+!1)H)C;*+<Nh9JWs9AFDwW*3ZM("
        "iRC%<>G##QKJi8DPi$e0{XI34l0zteclYs=e|PuQ5Yx?Pbm@pe6x-NRba@N=GmKnT(dXAZPRwKcF^{)g>8bB^5}340h3ERIip<+!"
        "9%D6WmzJaKutt@a6RG!+r%OnsO97K+NcFb9z=lA8`sFmk*ZIVxZY3n??t|6Q*!&NTEhmpTgm{;5uPDc+Lw7%id(C5atOhRrYaZ`D"
        "=b2AU)-!nA>Gw0Nu*<!%>(T=)xhH9#wm=Z{1`k*C^OhUINIac4^8lKva7Ol2IN&Kq>eB%ZwHyEYNPWHsG}HPhcOF>{@Uz@r#1Omt"
        "*e=XtL@M%0QWc3}9*1`~YW7Z8$I6q-VSk&)?xXaIe7afrN#}n#Qvc&cgOmuA9eY;CDK}{Dw*^df$1@{wsm~eCWpN)Hd3mAm+J5!@"
        "ZCiz=Vll@ft_>wcc0hgB(@tz4In?ZjxQJfcdwTKAuID;LmP+%3@K2NLgkl-SW*0aSaSME;W5M$ZX+T{9?B@&Y<fU!(`T|><YpG2d"
        "U8VOsAENink@c(0>kgOs*RzJ^AN*SGyqe|M;y;1?@2bd+xQx$V7Y$<gUNjiWZ@4Axu5;TSK4CvGbh~qM-vNz10zWe32&NUyP5SFz"
        "nn~majmXpN6J8VKwD*2U9Pg3eRxyD4;pIM-85pcjihY+6kGmQ>q-PcY9C}5Z-tV^6pCff2et;daG+M}!`sYUEw(U?KwdFHnbIvHY"
        "s9EPO7e!a>LC(RF+&9Z<n)gWJS%)*X+2js_HRm*PA~tr^@lHDJfkzxbwB*TRuB&S4bv?$fpUb>o#!mmZ%v&$xnjERG_i9)(Tf@qn"
        "7i)FBSHo=oxf%vGE+>cn={jy<><fZU``g{OFpxit{WKHu{Wq|^lCHxS*netU&4b0?$)m*AEe(h@V{4Bil_u94-hS+;$F$w=GqsGC"
        "iU)g_pbEL}>{iKd!@zs&w6n_^Rf#&q4!Bd=!n?Pw?As~so@G4W+Hxm$Vw6+vebXXMHzUB7F7Dp!Wk}*RO6Q;Kx^v5h{KMFiQ)c=C"
        "``%H?Z(BIl&otu8bf<PXsw3y;_M%)#Pt&RNeZR^4EPtqDmk`%2?P|^xX?7FF#&D>x-|Z;weu2H$;~a9JB^NN|T(81mBAkOdepR_a"
        "v$>yJ>g|HDC%gNfjBW8oq=&QHos<<~@rx<5;=XN?t<YIPZB6b_Bn$}NGQLNd^M9_2T=RtejN6hj&65M<(reRG7~AcuGHQgpuIJgt"
        "e#rH7sXET;YnjDMmxvrj$bEJ;lN5oMNvNi`ZS@#wIk|eUzHO^hZmCNxQJSFs4eSev9MO1aY$^9W{wPxJ1IYV?DRuykjFMjvAZ_7A"
        "0{J5=&t^5fi~g+EA)nywJ!4Ow8|@N*ZmD~u3sU6&=azb#eQa1J$F#;Mj<D*eh;Q4fH|snP>{~Yaf(ApK0CA$Rls=@+Csl$@ijm(&"
        "V%`IqF)O0}?e5F=Xwqlm%=e-}zp|Z8A4M)6zHJC=R#*mdoAUchFv^>>@oQ7bx}GE=XNWbP&0N|`|9t3iNw0|Q8hT=%Sj(l4Hs4>r"
        "aLKP<i1O<frn-zq66?2l*VzxA(q!pnVlVpz7tep)pt;@K(XCeg&Di&UUJaXLJ1R~{tXbdoi!J0O+k4nL7s~Qw=nc^$1ruq`e{qQ6"
        "a^>xNCGj6amI%G`CMmsqm0FWV@Oru3GaUX;Zq5!dbRSltE4eFF4^?)_0CLMwq)7Nmk?gVnyM&JwDRTA0+DEP}0}7yl1_^j=W}Ky@"
        "A?EwNsh)$hWWRMC6gd9>*mxH98sRG^<5eFLM41oI!*_rUZ%FI$;&Y3Z)`NZB#_YE_4snR%d~dbr{k=hxq)9%RV~+Po{n4sQE1Fyn"
        "M3g6wE`j@ZKeaDERgoO@2Wmzjd~eXmmBgPLH2Sem-3UF9+@vQ_t}VU4SA==ZKUGEciAUbiH6$)CQhWH1K9BQz-#lHxyIwr8hQ+8Y"
        "b%XjeeF6yS$4-P?kjoxF{n+f|!jGdlj<N4v8!}OdZE9wwa4+yu^5W=1ki+@)wp6fXpM0PjvO90NT{UXo`-pkd2W;~m(5(N~k9{}I"
        "ALjhg*nla0?>zeXlv4_%<~`&ExF2PZkEdKiYkxX<{GShKs__ZktI^oiI4N|<J%MA(`+AZM{OFWM(d48P10zIcirf0wBCBT05rzvz"
        "#CVTE?{4qtaSyPGHni_&PNEVfd6U4$cvQge1Dg7e1Df`Ser&mubC1X{Jg;GdiLpDo1y)`!^ag$zC|O>1nnYeU8}E8daLXNpy<8c}"
        "UVdRw&=%8oNk4Z@Qy0?dtFe27OGIN|f9S^^Ud*FhumHwu1<WIH7lJ;n7JC_4R2j=6ZL4_L7^LC<awva*-Tw`2*R}hk&Ge2DlfGrG"
        "<9nnoeV>2+g*jzRX(bI=yIF?oa=lD8(~6cYV$cH)Z3Z!^qoB-A-@`UpTudeEk#9znJ&3@0OHbh-((h~;Dw#LQVQtCMZjjvBe5tII"
        "mtvGOCY9a_@Vc$ShUOxhcAa*l40951Ai+cZEtK@(!y4h83NvRgjg8dVTrQOhzc<m0a(TeYt!PMFelJEKpOmbFv1vRdyRwG0KAcvq"
        "ASZoNyd=M;Z%>Al$Vfj-CgO1`8NY>r*<fpvT-Ra?BcdYtczMfe-5JIgcj7|Y??mX~b0%sfp=FOCcYIFW^)_>nJMw57=r!H>Otm7I"
        "9f27~FR>#!RT_-vLKQUmeKN{yGN%C<clo6ho(y$mrXS@OQZ%%vFVY*J;(Hf8_4HA42JTqH^pUPq1I)r8mP&e0!_@xzWcF%kw(YIB"
        "<h6W)chHx}?}Y2bEEgv?;!CbXN-Miur~$1$>sa$AbQEdJ1O_37v5X?z#IQ4q;A)pv!=&uVSmhU$NLxwDnXi`A?;_wv7|5-QEE>Np"
        "b{}y7zT;}u$*mUY975KD12VawwB*!M>Y=pNycEW3kWzf9^}V&z+#i7be*l&P@p1"
    )
)
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
